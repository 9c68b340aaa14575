import { describe, expect, it } from 'vitest'

import type { AnswerMessage, Event, FileRecord, UserMessage } from '@/protocol/types.gen'

import { applyEvents, type ConversationState, emptyConversation } from './conversation'
import { laneKey, timeline } from './timeline'

const ID = 'c'
const AT = '2026-11-20T10:42:33.120Z'

function user(id: string, parent: string | null, lanes = ['a', 'b']): UserMessage {
  return { type: 'message', role: 'user', at: AT, id, parent, parts: [{ type: 'text', text: id }], lanes }
}

function answer(id: string, parent: string, lane: string): AnswerMessage {
  return {
    type: 'message',
    role: 'assistant',
    at: AT,
    id,
    parent,
    lane,
    model: 'echo/echo',
    parts: [{ type: 'text', text: id }],
    status: 'complete',
    usage: { input: null, output: null, reasoning: null, cached: null },
    cost: { usd: null, source: 'unknown' },
    timing: { first_token_ms: null, total_ms: 1 },
    finish: 'stop',
  }
}

function state(...records: FileRecord[]): ConversationState {
  return applyEvents(
    emptyConversation(ID),
    records.map((record): Event => ({ type: 'record', conversation: ID, record })),
  )
}

function start(id: string, parent: string, lane: string, speaker?: string): Event {
  return {
    type: 'start',
    conversation: ID,
    message: {
      type: 'message',
      role: 'assistant',
      at: AT,
      id,
      parent,
      lane,
      model: 'echo/echo',
      status: 'streaming',
      ...(speaker ? { speaker } : {}),
    },
  }
}

function lanesOf(conversation: ConversationState, picked = new Map<string, string>()) {
  return timeline(conversation, picked).map((turn) => turn.cells.map((cell) => [cell.lane, cell.shown, cell.onPath]))
}

describe('timeline', () => {
  it('puts answers into the asked order of lanes, whichever came first', () => {
    expect(lanesOf(state(user('u1', null), answer('b1', 'u1', 'b'), answer('a1', 'u1', 'a')))).toEqual([
      [
        ['a', 'a1', true],
        ['b', 'b1', false],
      ],
    ])
  })

  it('keeps the same model in two lanes apart', () => {
    const turns = timeline(state(user('u1', null, ['x', 'y']), answer('one', 'u1', 'x'), answer('two', 'u1', 'y')))
    expect(turns[0]?.cells.map((cell) => cell.versions)).toEqual([['one'], ['two']])
  })

  it('shows a lane that streams beside one that has ended', () => {
    const now = applyEvents(state(user('u1', null), answer('a1', 'u1', 'a')), [start('b1', 'u1', 'b')])
    expect(lanesOf(now)).toEqual([
      [
        ['a', 'a1', true],
        ['b', 'b1', false],
      ],
    ])
  })

  it('looks at a new version of an answer while it streams, and keeps the old one to switch to', () => {
    const now = applyEvents(state(user('u1', null), answer('a1', 'u1', 'a')), [start('a2', 'u1', 'a')])
    expect(timeline(now)[0]?.cells[0]).toMatchObject({ versions: ['a1', 'a2'], shown: 'a2' })
  })

  it('shows the version that a reader picked', () => {
    const now = state(user('u1', null), answer('a1', 'u1', 'a'), answer('a2', 'u1', 'a'))
    expect(timeline(now)[0]?.cells[0]?.shown).toBe('a2')
    expect(timeline(now, new Map([[laneKey('u1', 'a'), 'a1']]))[0]?.cells[0]?.shown).toBe('a1')
  })

  it('counts the versions of an edited message', () => {
    const now = state(user('u1', null), answer('a1', 'u1', 'a'), user('u1b', null))
    expect(timeline(now).map((turn) => [turn.key, turn.siblings])).toEqual([['u1b', ['u1', 'u1b']]])
  })

  it('leaves out what was deleted', () => {
    const now = state(user('u1', null), answer('a1', 'u1', 'a'), answer('b1', 'u1', 'b'), {
      type: 'delete',
      at: AT,
      message: 'a1',
    })
    expect(lanesOf(now)).toEqual([[['b', 'b1', true]]])
  })

  it('shows a message that was sent while the answer before it still streams', () => {
    const streaming = applyEvents(state(user('u1', null, ['a'])), [start('a1', 'u1', 'a')])
    const now = applyEvents(streaming, [{ type: 'record', conversation: ID, record: user('u2', 'a1', ['a']) }])
    expect(timeline(now).map((turn) => turn.key)).toEqual(['u1', 'u2'])
    expect(timeline(now)[0]?.cells[0]).toMatchObject({ shown: 'a1', onPath: true })
  })

  it('gives a turn of which nothing changed back as the same object', () => {
    const none = new Map<string, string>()
    const memory = new Map()
    const before = state(user('u1', null, ['a']), answer('a1', 'u1', 'a'), user('u2', 'a1', ['a']))
    const [first, second] = timeline(before, none, before.head, memory)
    const after = applyEvents(before, [{ type: 'record', conversation: ID, record: answer('a2', 'u2', 'a') }])
    const [firstAgain, secondAgain] = timeline(after, none, after.head, memory)
    expect(firstAgain).toBe(first)
    expect(secondAgain).not.toBe(second)
    expect(secondAgain).toEqual(timeline(after)[1])
  })

  it('gives each voice of a dialogue between models a turn of its own', () => {
    const now = state(
      user('u1', null, ['a']),
      answer('a1', 'u1', 'a'),
      answer('b1', 'a1', 'b'),
      answer('a2', 'b1', 'a'),
    )
    expect(timeline(now).map((turn) => [turn.key, turn.user?.id ?? null])).toEqual([
      ['u1', 'u1'],
      ['b1', null],
      ['a2', null],
    ])
  })

  it('keeps what else was said in a line’s place as its versions, the first line of a dialogue too', () => {
    const said = (id: string, parent: string, lane: string): FileRecord =>
      ({ ...answer(id, parent, lane), speaker: lane.toUpperCase() }) as FileRecord
    const now = state(user('u1', null, []), said('a1', 'u1', 'a'), said('b1', 'a1', 'b'), said('a1b', 'u1', 'a'), {
      type: 'head',
      at: AT,
      message: 'a1b',
    })
    const turns = applyEvents(now, [start('b2', 'a1b', 'b', 'B')])
    expect(timeline(turns).map((turn) => [turn.key, turn.cells.map((cell) => cell.versions)])).toEqual([
      ['u1', []],
      ['a1b', [['a1', 'a1b']]],
      ['b2', [['b2']]],
    ])
  })
})
