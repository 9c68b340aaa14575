/** The figures of a turn's answers as rows that can be sorted. Pure. */
import type { AnswerMessage } from '@/protocol/types.gen'

import { figuresOf } from './figures'

export const COLUMNS = ['time', 'firstToken', 'tokens', 'speed', 'cost'] as const
export type Column = (typeof COLUMNS)[number]

export interface FigureRow {
  readonly id: string
  readonly answer: AnswerMessage
  /** Null: not known. */
  readonly values: Readonly<Record<Column, number | null>>
}

export interface Order {
  readonly by: Column
  readonly descending: boolean
}

export function rowOf(answer: AnswerMessage): FigureRow {
  const { totalMs, firstTokenMs, tokensPerSecond, usage, cost } = figuresOf(answer)
  const usd = cost.source === 'unknown' ? null : cost.usd
  return {
    id: answer.id,
    answer,
    values: { time: totalMs, firstToken: firstTokenMs, tokens: usage.output, speed: tokensPerSecond, cost: usd },
  }
}

/** What is not known stands last in either direction; equal rows stay in the lanes' order. */
export function sortRows(rows: readonly FigureRow[], order: Order | null): FigureRow[] {
  if (order === null) return [...rows]
  const sign = order.descending ? -1 : 1
  return [...rows].sort((one, other) => {
    const [first, second] = [one.values[order.by], other.values[order.by]]
    if (first === null || second === null) return Number(first === null) - Number(second === null)
    return sign * (first - second)
  })
}

/** A column sorts first by what one looks for in it: the most tokens a second, the least of all else. */
export function nextOrder(order: Order | null, by: Column): Order {
  return order?.by === by ? { by, descending: !order.descending } : { by, descending: by === 'speed' }
}
