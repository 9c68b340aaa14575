/** Numbers of an answer, as they are shown. A figure that is not known is null, never 0. */
import type { AnswerMessage, Cost, Usage } from '@/protocol/types.gen'

export interface Figures {
  readonly totalMs: number | null
  readonly firstTokenMs: number | null
  readonly tokensPerSecond: number | null
  readonly usage: Usage
  readonly cost: Cost
}

export function figuresOf(answer: AnswerMessage): Figures {
  const { timing, usage, cost } = answer
  const totalMs = totalOf(answer)
  return {
    totalMs,
    firstTokenMs: timing?.first_token_ms ?? null,
    tokensPerSecond: totalMs === null ? null : speed(usage.output, totalMs - (timing?.first_token_ms ?? 0)),
    usage,
    cost,
  }
}

/** No answer takes no time: 0 was written where nobody had measured, and other programs' files may lack it. */
function totalOf({ timing }: AnswerMessage): number | null {
  return timing?.total_ms || null
}

/** Under a fifth of a second there is nothing to measure: the whole answer may have come at once. */
function speed(tokens: number | null, ms: number): number | null {
  return tokens === null || tokens < 2 || ms < 200 ? null : (tokens - 1) / (ms / 1000)
}

export interface TurnFigures {
  /** Ids; null where there is no one fastest or cheapest to name. */
  readonly fastest: string | null
  readonly cheapest: string | null
  readonly usd: number
  /** Of some answers the cost is not known: the total is "at least". */
  readonly unknown: number
}

export function compareAnswers(answers: readonly AnswerMessage[]): TurnFigures {
  const complete = answers.filter((answer) => answer.status === 'complete')
  const costs = answers.map((answer) => (answer.cost.source === 'unknown' ? null : answer.cost.usd))
  const priced = complete.filter((answer) => answer.cost.source !== 'unknown' && answer.cost.usd !== null)
  return {
    fastest: leastOf(
      complete.filter((answer) => totalOf(answer) !== null),
      (answer) => totalOf(answer) ?? 0,
    ),
    cheapest: leastOf(priced, (answer) => answer.cost.usd ?? 0),
    usd: costs.reduce<number>((sum, usd) => sum + (usd ?? 0), 0),
    unknown: costs.filter((usd) => usd === null).length,
  }
}

function leastOf(answers: readonly AnswerMessage[], value: (answer: AnswerMessage) => number): string | null {
  const sorted = [...answers].sort((one, other) => value(one) - value(other))
  const [first, second] = sorted
  if (!first || !second || value(first) === value(second)) return null
  return first.id
}
