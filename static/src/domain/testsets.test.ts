import { describe, expect, it } from 'vitest'

import { type Cell, historyOf, outcomeOf, type RunRow, tableOf, typedOf, valueOf, type WholeRun } from './testsets'

function cell(more: Partial<Cell>): Cell {
  return {
    case: 'a',
    round: 1,
    lane: 'l',
    model: 'echo/echo',
    status: 'complete',
    ok: false,
    passed: 0,
    checks: [],
    total_ms: 1,
    first_token_ms: 1,
    usd: 0,
    conversation: 'c',
    message: 'm',
    ...more,
  }
}

function check(passed: boolean | null): Cell['checks'][number] {
  return { kind: 'contains', passed, detail: null }
}

describe('a run’s table', () => {
  it('has a row for each case and time, and in it a cell for each lane', () => {
    const cells = [
      cell({}),
      cell({ lane: 'k' }),
      cell({ round: 2 }),
      cell({ round: 2, lane: 'k' }),
      cell({ case: 'b' }),
    ]
    const rows = tableOf({
      cases: [
        { id: 'a', text: 'One?' },
        { id: 'b', text: 'Two?' },
      ],
      cells,
    } as unknown as WholeRun)
    expect(rows.map((row) => [row.text, row.round, row.cells.map((one) => one.lane)])).toEqual([
      ['One?', 1, ['l', 'k']],
      ['One?', 2, ['l', 'k']],
      ['Two?', 1, ['l']],
    ])
  })

  it.each([
    [cell({ status: 'waiting' }), 'waiting'],
    [cell({ ok: true, checks: [check(true)] }), 'passed'],
    [cell({ checks: [check(true), check(null)] }), 'undecided'],
    [cell({ checks: [check(null), check(false)] }), 'failed'],
    [cell({ status: 'failed' }), 'failed'],
    [cell({ status: 'stopped', checks: [check(null)] }), 'failed'],
  ])('says how %o came out', (one, outcome) => {
    expect(outcomeOf(one)).toBe(outcome)
  })
})

describe('a check', () => {
  it('has numbers for limits and texts for all else, there and back', () => {
    expect(valueOf('max_usd', '0,05')).toBe(0.05)
    expect(valueOf('contains', '5')).toBe('5')
    expect(typedOf({ kind: 'json_schema', value: { type: 'object' } })).toBe('{"type":"object"}')
    expect(typedOf({ kind: 'max_ms', value: 200 })).toBe('200')
  })
})

describe('the history', () => {
  it('goes from the oldest to the newest, of whole runs alone', () => {
    const lane = (passed: number): object => ({ model: 'x/y', answers: 4, passed })
    const runs = [
      { id: 'c', at: '3', state: 'stopped', lanes: [lane(4)] },
      { id: 'b', at: '2', state: 'done', lanes: [lane(1)] },
      { id: 'a', at: '1', state: 'done', lanes: [lane(2)] },
    ] as unknown as RunRow[]
    expect(
      historyOf(runs)
        .get('x/y')
        ?.map((point) => [point.run, point.share]),
    ).toEqual([
      ['a', 0.5],
      ['b', 0.25],
    ])
  })
})
