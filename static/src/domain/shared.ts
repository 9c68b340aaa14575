/** What a link's reader is given (chat/doors/shares/page.py). */
import type { Part } from '@/protocol/types.gen'

export interface SharedMessage {
  id: string
  role: 'user' | 'assistant'
  at: string
  parts: Part[]
  /** How many attachments the owner kept back. */
  withheld: number
  model?: string
  /** In the place of the model, where it is hidden until a vote. */
  letter?: string
  speaker?: string
  /** Of its lane among the conversation's: its order and its colour. */
  place?: number
  /** The conversation continues from it. */
  chosen?: true
  status?: 'complete' | 'stopped' | 'failed' | 'interrupted'
}

export interface SharedConversation {
  title: string
  created: string
  messages: SharedMessage[]
  /** Where attachments are fetched. */
  files: string
}

/** A question with its answers beside each other; a dialogue's lines stand alone. */
export interface SharedTurn {
  key: string
  question: SharedMessage | null
  answers: SharedMessage[]
}

export function turnsOf(messages: readonly SharedMessage[]): SharedTurn[] {
  const turns: SharedTurn[] = []
  for (const message of messages) {
    const last = turns.at(-1)
    if (message.role === 'user') turns.push({ key: message.id, question: message, answers: [] })
    else if (last?.question && message.speaker === undefined) last.answers.push(message)
    else turns.push({ key: message.id, question: null, answers: [message] })
  }
  return turns.map((turn) => ({
    ...turn,
    answers: turn.answers.toSorted((one, other) => placeOf(one) - placeOf(other)),
  }))
}

/** Those of lanes that have left, and of a turn that hides its models, keep the order in which they came. */
function placeOf(message: SharedMessage): number {
  return message.place ?? Number.MAX_SAFE_INTEGER
}

/** The model, with a number where others of the turn have the same. */
export function nameOf(message: SharedMessage, answers: readonly SharedMessage[]): string {
  const same = answers.filter((one) => one.model === message.model)
  const name = message.model ?? ''
  return same.length > 1 && message.speaker === undefined ? `${name} ${same.indexOf(message) + 1}` : name
}

/** A link, as its owner sees it (chat/doors/rest/shares.py). */
export interface Share {
  id: number
  hint: string
  branch: string | null
  later: boolean
  attachments: boolean
  calls: boolean
  created: string
  expires: string | null
}
