import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { AnswerMessage } from '@/protocol/types.gen'

import { COLUMNS, type FigureRow, nextOrder, rowOf, sortRows } from './figure-table'

function row(id: string, value: number | null): FigureRow {
  const values = Object.fromEntries(COLUMNS.map((column) => [column, value])) as FigureRow['values']
  return { id, answer: {} as AnswerMessage, values }
}

describe('the table of figures', () => {
  it('puts what is not known last in either direction', () => {
    const rows = [row('a', null), row('b', 3), row('c', 1), row('d', null)]
    expect(sortRows(rows, { by: 'time', descending: false }).map(({ id }) => id)).toEqual(['c', 'b', 'a', 'd'])
    expect(sortRows(rows, { by: 'time', descending: true }).map(({ id }) => id)).toEqual(['b', 'c', 'a', 'd'])
    expect(sortRows(rows, null)).toEqual(rows)
  })

  it('loses no row, and sorts by any column', () => {
    const value = fc.option(fc.integer({ min: 0, max: 9 }), { nil: null })
    fc.assert(
      fc.property(fc.array(value), fc.constantFrom(...COLUMNS), fc.boolean(), (values, by, descending) => {
        const rows = values.map((each, index) => row(`${index}`, each))
        const sorted = sortRows(rows, { by, descending })
        expect(new Set(sorted)).toEqual(new Set(rows))
        const known = sorted.flatMap(({ values: all }) => (all[by] === null ? [] : [all[by]]))
        expect(known).toEqual([...known].sort((one, other) => (descending ? other - one : one - other)))
      }),
    )
  })

  it('turns around at the second click, and shows the fastest first', () => {
    const first = nextOrder(null, 'speed')
    expect(first).toEqual({ by: 'speed', descending: true })
    expect(nextOrder(first, 'speed')).toEqual({ by: 'speed', descending: false })
    expect(nextOrder(first, 'cost')).toEqual({ by: 'cost', descending: false })
  })

  it('knows no cost where there is no price, and a free one as none', () => {
    const answer = {
      id: 'a',
      usage: { input: 1, output: 5, reasoning: null, cached: null },
      timing: { first_token_ms: 2, total_ms: 900 },
    }
    expect(rowOf({ ...answer, cost: { usd: 0, source: 'unknown' } } as AnswerMessage).values.cost).toBeNull()
    expect(rowOf({ ...answer, cost: { usd: 0, source: 'free' } } as AnswerMessage).values).toMatchObject({
      cost: 0,
      tokens: 5,
      time: 900,
    })
  })
})
