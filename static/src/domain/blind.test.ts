import { describe, expect, it } from 'vitest'

import type { FileRecord, UserMessage } from '@/protocol/types.gen'

import { shuffledOrder, isHidden } from './blind'
import { applyEvents, type ConversationState, emptyConversation } from './conversation'

const at = '2026-11-21T10:00:00.000Z'

function asked(id: string, lanes: string[]): UserMessage {
  return { type: 'message', role: 'user', at, id, parent: null, parts: [], lanes, blind: true }
}

function answer(id: string, lane: string, status: 'complete' | 'failed' = 'complete'): FileRecord {
  return {
    type: 'message',
    role: 'assistant',
    at,
    id,
    parent: 'u',
    lane,
    model: `s/${lane}`,
    parts: [],
    status,
    finish: null,
    usage: { input: null, output: null, reasoning: null, cached: null },
    cost: { usd: null, source: 'unknown' },
    timing: { first_token_ms: null, total_ms: 1 },
  }
}

function told(...records: FileRecord[]): ConversationState {
  return applyEvents(
    emptyConversation('c'),
    records.map((record) => ({ type: 'record', conversation: 'c', record })),
  )
}

describe('a blind turn', () => {
  const two = [asked('u', ['a', 'b']), answer('x', 'a'), answer('y', 'b')]

  it('is hidden until one of its answers has a vote', () => {
    expect(isHidden(told(asked('u', ['a', 'b'])), 'u')).toBe(true)
    expect(isHidden(told(...two), 'u')).toBe(true)
    expect(isHidden(told(...two, { type: 'vote', at, message: 'y', preferred_over: ['x'] }), 'u')).toBe(false)
    expect(isHidden(told(...two, { type: 'vote', at, message: 'x', value: -1 }), 'u')).toBe(false)
  })

  it('is shown where there are not two answers to choose from, and never was hidden where nobody asked for it', () => {
    expect(isHidden(told(asked('u', ['a', 'b']), answer('x', 'a'), answer('y', 'b', 'failed')), 'u')).toBe(false)
    expect(isHidden(told({ ...asked('u', ['a', 'b']), blind: false }, answer('x', 'a'), answer('y', 'b')), 'u')).toBe(
      false,
    )
  })

  it('draws the same order as the server does for exports and links', () => {
    expect(shuffledOrder(asked('ü-1', ['l1', 'l2', 'l3', 'l4']))).toEqual(['l2', 'l1', 'l4', 'l3'])
  })

  it('puts each lane as often in each place, and the same each time', () => {
    const lanes = ['l1', 'l2', 'l3']
    const first = { l1: 0, l2: 0, l3: 0 }
    for (let index = 0; index < 3_000; index += 1) {
      const order = shuffledOrder(asked(`k3v9x2q${index}`, lanes))
      expect(shuffledOrder(asked(`k3v9x2q${index}`, lanes.toReversed()))).toEqual(order)
      first[order[0] as keyof typeof first] += 1
    }
    for (const count of Object.values(first)) expect(Math.abs(count - 1_000)).toBeLessThan(120)
  })
})
