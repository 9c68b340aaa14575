/** A conversation asked again (chat/doors/rest/replay.py). */
export interface Estimate {
  turns: number
  answers: { model: string; input_tokens: number; output_tokens: number; usd: number | null }[]
  usd: number
  /** Nothing of it is unknown. */
  complete: boolean
}

export interface Figures {
  words: number
  tokens: number | null
  usd: number | null
  total_ms: number | null
}

interface Side {
  message: string
  model: string
  status: string
  figures: Figures
}

export interface Pair {
  question: string
  text: string
  before: Side | null
  after: Side
  removed: number
  added: number
}

export interface Comparison {
  /** The conversation that was asked again. */
  conversation: string
  title: string
  pairs: Pair[]
  before: Figures
  after: Figures
}
