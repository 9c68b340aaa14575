import { describe, expect, it } from 'vitest'

import type { AnswerMessage, UserMessage, WholeAnswerMessage } from '@/protocol/types.gen'

import { applyEvents, emptyConversation } from './conversation'
import { levelOf, type Limit, reachedLimit, renewalDate, tokensOfFiles, tokensSoFar } from './estimate'
import { timeline } from './timeline'

const LANE = { id: 'one', model: 's/m' }

function user(id: string, parent: string | null): UserMessage {
  return { type: 'message', role: 'user', at: '', id, parent, parts: [{ type: 'text', text: 'Hello' }], lanes: [] }
}

function answer(
  id: string,
  parent: string,
  lane: string,
  input: number | null,
  more: Partial<WholeAnswerMessage> = {},
): AnswerMessage {
  return {
    type: 'message',
    role: 'assistant',
    at: '',
    id,
    parent,
    lane,
    model: 's/m',
    parts: [],
    status: 'complete',
    finish: 'stop',
    cost: { usd: null, source: 'unknown' },
    usage: { input, output: 30, reasoning: 10, cached: null },
    timing: { first_token_ms: 1, total_ms: 2 },
    ...more,
  }
}

function soFar(lane: Parameters<typeof tokensSoFar>[2], ...messages: (UserMessage | AnswerMessage)[]): number {
  return withMemory(0, lane, ...messages)
}

function withMemory(
  memory: number,
  lane: Parameters<typeof tokensSoFar>[2],
  ...messages: (UserMessage | AnswerMessage)[]
): number {
  const state = applyEvents(
    emptyConversation('c'),
    messages.map((record) => ({ type: 'record' as const, conversation: 'c', record })),
  )
  return tokensSoFar(state, timeline(state), lane, memory)
}

describe('tokens of files', () => {
  it('are the same for all lanes that hold them, or of which nobody knows', () => {
    expect(tokensOfFiles(300, [1000, null])).toEqual([300, 300])
  })

  it('are cut to a window that does not hold them, and the first lane pays for reading the parts', () => {
    expect(tokensOfFiles(3000, [10_000, 1000])).toEqual([6000, 750])
  })
})

describe('tokens so far', () => {
  it('are what the last answer was asked with and has said; its thoughts are not sent again', () => {
    expect(soFar(LANE, user('u', null), answer('a', 'u', 'one', 100))).toBe(120)
  })

  it('are those of another lane where this one has not answered, or was not counted', () => {
    expect(soFar({ ...LANE, id: 'late' }, user('u', null), answer('a', 'u', 'one', 100))).toBe(120)
    expect(soFar(LANE, user('u', null), answer('a', 'u', 'one', null), answer('b', 'u', 'two', 70))).toBe(90)
  })

  it('are the system prompt alone before anything was said', () => {
    expect(soFar(LANE)).toBe(0)
    expect(soFar({ ...LANE, system: 'Be very kind.' })).toBe(4)
  })

  it('hold the memory as it is told now, not as it was told then', () => {
    expect(withMemory(50, LANE)).toBe(50)
    expect(withMemory(50, LANE, user('u', null), answer('a', 'u', 'one', 100))).toBe(170)
    expect(withMemory(0, LANE, user('u', null), answer('a', 'u', 'one', 100, { memory: 50 }))).toBe(70)
  })
})

describe('budgets', () => {
  const limit = (scope: Limit['scope'], spent: number): Limit => ({ scope, soft: 1, hard: 2, spent, unpriced: 0 })

  it('are reached at their sums', () => {
    expect([0.9, 1, 1.9, 2].map((spent) => levelOf(limit('day', spent)))).toEqual(['ok', 'soft', 'soft', 'hard'])
    expect(levelOf({ ...limit('day', 5), soft: null, hard: null })).toBe('ok')
  })

  it('name the hard limit before the soft one', () => {
    expect(reachedLimit([limit('day', 1.5), limit('user', 3)])?.scope).toBe('user')
    expect(reachedLimit([limit('day', 0)])).toBeUndefined()
  })

  it('begin anew with the day and the month of UTC', () => {
    const eve = new Date('2026-12-31T23:30:00Z')
    expect(renewalDate('day', eve)?.toISOString()).toBe('2027-01-01T00:00:00.000Z')
    expect(renewalDate('user', eve)?.toISOString()).toBe('2027-01-01T00:00:00.000Z')
    expect(renewalDate('conversation', eve)).toBeNull()
  })
})
