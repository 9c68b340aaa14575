import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  changeOf,
  COLUMNS,
  valuesByDay,
  filtersOf,
  type MetricsRow,
  sortRows,
  sumOf,
  valueOf,
  findWorsened,
} from './metrics'

function row(fields: Partial<MetricsRow> = {}): MetricsRow {
  return {
    key: 'echo/echo',
    answers: 10,
    complete: 10,
    stopped: 0,
    failed: 0,
    interrupted: 0,
    errors: {},
    served_by: {},
    version: {},
    input: 100,
    output: 50,
    usd: 1,
    unknown_cost: 0,
    first_token_ms: { p50: 100, p95: 200 },
    total_ms: { p50: 1_000, p95: 2_000 },
    tokens_per_second: { p50: 40 },
    votes: { up: 0, down: 0, won: 0, lost: 0, tied: 0 },
    ...fields,
  }
}

describe('what a bar shows', () => {
  const [first, last] = ['2026-01-01', '2026-12-31']

  it.each([
    ['model', 'ollama/qwen3:8b', { model: 'ollama/qwen3:8b', answered: '2026-01-01..2026-12-31' }],
    ['server', 'ollama', { model: 'ollama/', answered: '2026-01-01..2026-12-31' }],
    ['folder', 'Work', { folder: 'Work', answered: '2026-01-01..2026-12-31' }],
    ['folder', '', { folder: '', answered: '2026-01-01..2026-12-31' }],
    ['tag', 'work', { tag: 'work', answered: '2026-01-01..2026-12-31' }],
    ['tag', '', null],
    ['purpose', 'answer', { answered: '2026-01-01..2026-12-31' }],
    ['purpose', 'title', null],
    ['day', '2026-11-28', { answered: '2026-11-28' }],
    ['week', '2026-W48', { answered: '2026-11-23..2026-11-29' }],
    ['week', '2026-W01', { answered: '2026-01-01..2026-01-04' }],
    ['week', '2026-W53', { answered: '2026-12-28..2026-12-31' }],
  ] as const)('of %s %j is what was answered then', (by, key, filters) => {
    expect(filtersOf(by, key, first, last)).toEqual(filters)
  })

  it('has of every week its seven days, from Monday on', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
        (date) => {
          const thursday = new Date(date)
          thursday.setUTCDate(date.getUTCDate() + 3 - ((date.getUTCDay() + 6) % 7))
          const year = thursday.getUTCFullYear()
          const week =
            1 +
            Math.floor(
              (Date.UTC(year, thursday.getUTCMonth(), thursday.getUTCDate()) - Date.UTC(year, 0, 1)) / 604_800_000,
            )
          const [begin = '', end = ''] =
            filtersOf('week', `${year}-W${String(week).padStart(2, '0')}`, '0', '9')?.answered?.split('..') ?? []
          expect([new Date(begin).getUTCDay(), Date.parse(end) - Date.parse(begin)]).toEqual([1, 6 * 86_400_000])
          expect([begin <= date.toISOString().slice(0, 10), date.toISOString().slice(0, 10) <= end]).toEqual([
            true,
            true,
          ])
        },
      ),
    )
  })
})

describe('findWorsened', () => {
  it('names what rose by a fifth, and nothing else', () => {
    expect(findWorsened(row(), row())).toEqual([])
    expect(findWorsened(row({ total_ms: { p50: 1_200, p95: null } }), row())).toEqual(['slower'])
    expect(findWorsened(row({ first_token_ms: { p50: 130, p95: null } }), row())).toEqual(['slower'])
    expect(findWorsened(row({ usd: 2 }), row())).toEqual(['dearer'])
    expect(findWorsened(row({ failed: 2, answers: 12 }), row())).toEqual(['errors'])
    expect(findWorsened(row({ total_ms: { p50: 500, p95: null }, usd: 0.1 }), row())).toEqual([])
  })

  it('sees that all fails now, that one pays for what was free, and that a known price rose beside unknown ones', () => {
    const allFail = row({ complete: 0, failed: 20, answers: 20, usd: 0, total_ms: { p50: null, p95: null } })
    expect(findWorsened(allFail, row())).toEqual(['errors'])
    expect(findWorsened(row({ usd: 0.01 }), row({ usd: 0 }))).toEqual(['dearer'])
    expect(findWorsened(row({ usd: 1, unknown_cost: 5 }), row())).toEqual(['dearer'])
    expect(findWorsened(row({ usd: 9, unknown_cost: 8 }), row())).toEqual([])
  })

  it('says where mostly another model, or another version, answers behind the same name', () => {
    const named = (served_by: object, version: object = {}): MetricsRow =>
      row({ served_by, version } as Partial<MetricsRow>)
    expect(findWorsened(named({ 'openai/other': 8 }), row())).toEqual(['served'])
    expect(findWorsened(row(), named({ 'openai/other': 8 }))).toEqual(['served'])
    expect(findWorsened(named({ 'openai/other': 2 }), row())).toEqual([])
    expect(findWorsened(named({}, { 'gpt-2026-08': 9 }), named({}, { 'gpt-2026-05': 9 }))).toEqual(['served'])
    expect(findWorsened(named({}, { 'gpt-2026-08': 9 }), named({}, { 'gpt-2026-08': 1 }))).toEqual([])
    expect(findWorsened(named({}, { 'gpt-2026-08': 9 }), row())).toEqual([])
  })

  it('says nothing of a few answers, of a new model, or of what nobody measured', () => {
    expect(findWorsened(row({ answers: 4, complete: 4, usd: 9 }), row())).toEqual([])
    expect(findWorsened(row({ complete: 4, total_ms: { p50: 9_000, p95: null } }), row())).toEqual([])
    expect(findWorsened(row({ usd: 9 }), undefined)).toEqual([])
    expect(findWorsened(row({ usd: 9, unknown_cost: 10 }), row())).toEqual([])
    expect(findWorsened(row({ total_ms: { p50: null, p95: null } }), row())).toEqual([])
  })
})

describe('sorted', () => {
  const some = fc.array(
    fc
      .record({ key: fc.string(), answers: fc.nat(9), first: fc.option(fc.nat(9)) })
      .map(({ key, answers, first }) => row({ key, answers, first_token_ms: { p50: first, p95: null } })),
  )

  it('keeps every row, and puts what is not known last either way', () => {
    fc.assert(
      fc.property(some, fc.constantFrom(...COLUMNS), fc.boolean(), (rows, column, descending) => {
        const found = sortRows(rows, column, descending)
        expect(found.length).toBe(rows.length)
        if (column === 'key') return
        const values = found.map((one) => valueOf(one, column))
        const known = values.filter((value) => value !== null)
        expect(values.slice(0, known.length)).toEqual(known)
        expect([...known].sort((a, b) => (descending ? b - a : a - b))).toEqual(known)
      }),
    )
  })
})

describe('daily', () => {
  it('has every day of the span', () => {
    const rows = [row({ key: '2026-11-28', answers: 3 })]
    expect(valuesByDay(rows, '2026-11-27', '2026-11-29', 'answers')).toEqual([
      { day: '2026-11-27', value: 0 },
      { day: '2026-11-28', value: 3 },
      { day: '2026-11-29', value: 0 },
    ])
  })
})

describe('sums', () => {
  it('add up, and change against what was', () => {
    expect(sumOf([row(), row()], 'tokens')).toBe(300)
    expect(changeOf(150, 100)).toBe(0.5)
    expect(changeOf(5, 0)).toBeNull()
  })
})
