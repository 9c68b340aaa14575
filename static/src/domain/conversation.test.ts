import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type {
  AnswerHeader,
  AnswerMessage,
  Event,
  FileRecord,
  Part,
  Snapshot,
  WholeUserMessage,
  WholeAnswerMessage,
} from '@/protocol/types.gen'
import { cpuMsOf } from '@/testing/cpuTime'

import {
  applyEvents,
  type ConversationState,
  emptyConversation,
  fillElided,
  fromSnapshot,
  pathTo,
  primaryLeaf,
} from './conversation'

const ID = '20261120-104233-k3v9x2qd'
const AT = '2026-11-20T10:42:33.120Z'

function user(id: string, parent: string | null, lanes = ['a']): WholeUserMessage {
  return { type: 'message', role: 'user', at: AT, id, parent, parts: [{ type: 'text', text: `text of ${id}` }], lanes }
}

function answer(id: string, parent: string, lane = 'a', more: Partial<WholeAnswerMessage> = {}): AnswerMessage {
  return {
    type: 'message',
    role: 'assistant',
    at: AT,
    id,
    parent,
    lane,
    model: 'echo/echo',
    parts: [{ type: 'text', text: `answer ${id}` }],
    status: 'complete',
    usage: { input: 1, output: 2, reasoning: null, cached: null },
    cost: { usd: 0, source: 'free' },
    timing: { first_token_ms: 1, total_ms: 2 },
    finish: 'stop',
    ...more,
  }
}

function header(id: string, parent: string, lane = 'a'): AnswerHeader {
  return { type: 'message', role: 'assistant', at: AT, id, parent, lane, model: 'echo/echo', status: 'streaming' }
}

function record(value: FileRecord): Event {
  return { type: 'record', conversation: ID, record: value }
}

function snapshot(records: FileRecord[], live: Snapshot['live'] = []): Snapshot {
  return { type: 'snapshot', ref: null, conversation: ID, records, live }
}

function delta(message: string, seq: number, text: string, part: 'text' | 'reasoning' = 'text'): Event {
  return { type: 'delta', conversation: ID, message, seq, part, text }
}

function after(...records: FileRecord[]): ConversationState {
  return applyEvents(emptyConversation(ID), records.map(record))
}

/** A whole conversation as it came over the wire: two lanes, reasoning, an edit, a vote, a deletion. */
const STORY: Event[] = [
  record({
    type: 'conversation',
    at: AT,
    format: 1,
    id: ID,
    owner: 'me',
    title: 'One',
    lanes: [],
    mode: 'parallel',
    history: 'own',
    rag: false,
  }),
  record(user('u1', null, ['a', 'b'])),
  { type: 'start', conversation: ID, message: { ...header('a1', 'u1'), status: 'queued', position: 1 } },
  { type: 'start', conversation: ID, message: header('b1', 'u1', 'b') },
  delta('b1', 0, 'think', 'reasoning'),
  { type: 'start', conversation: ID, message: header('a1', 'u1') },
  { type: 'note', conversation: ID, message: 'a1', code: 'retrying', text: '', values: { in_s: 2 } },
  delta('a1', 0, 'Hello'),
  delta('b1', 1, 'ing', 'reasoning'),
  delta('b1', 2, 'Answer'),
  delta('a1', 1, ', world'),
  record(answer('b1', 'u1', 'b')),
  delta('a1', 2, '!'),
  record(answer('a1', 'u1')),
  record({ type: 'settings', at: AT, title: 'Two', title_by: 'model' }),
  record({ type: 'vote', at: AT, message: 'a1', value: 1 }),
  record(user('u2', 'a1')),
  record(answer('a2', 'u2', 'a', { status: 'failed' })),
  record(user('u1b', null)),
  record(answer('a3', 'u1b')),
  record({ type: 'head', at: AT, message: 'a2' }),
  record({ type: 'branch', at: AT, name: 'first try', head: 'a2' }),
  record({ type: 'delete', at: AT, message: 'u2' }),
  { type: 'start', conversation: ID, message: header('a4', 'u1') },
  delta('a4', 0, 'Still going'),
]

describe('a message that a snapshot leaves out', () => {
  it('has its place and no parts, until they come', () => {
    const { parts, ...place } = user('u1', null)
    const elided = [
      { ...place, elided: true },
      { ...answer('a1', 'u1'), parts: undefined, elided: true },
    ]
    const snapshot = { type: 'snapshot', conversation: ID, records: elided, live: [] } as unknown as Snapshot
    const state = fromSnapshot(snapshot)
    expect([...state.messages.values()].map((message) => message.parts)).toEqual([undefined, undefined])
    expect(fillElided(state, [{ ...place, parts }]).messages.get('u1')?.parts).toEqual(parts)
  })
})

describe('a deleted message', () => {
  it('takes along what was sent while the answer to it still streamed', () => {
    const queued = [user('u1', null), user('u2', 'a1')]
    const gone = [{ type: 'delete', at: AT, message: 'u1' } as const, answer('a1', 'u1', 'a', { status: 'stopped' })]
    const state = after(...queued, ...gone, answer('a2', 'u2', 'a', { status: 'stopped' }))
    expect([...state.deleted].toSorted()).toEqual(['a1', 'a2', 'u1', 'u2'])
    expect(state.head).toBeNull()
  })
})

describe('applyEvents', () => {
  it('gives the same state however the events are split', () => {
    const whole = applyEvents(emptyConversation(ID), STORY)
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: STORY.length - 1 })), (cuts) => {
        const ends = [...cuts.toSorted((one, other) => one - other), STORY.length]
        let state = emptyConversation(ID)
        let from = 0
        for (const end of ends) {
          state = applyEvents(state, STORY.slice(from, end))
          from = end
        }
        expect(state).toEqual(whole)
      }),
    )
  })

  it('gives the same state live and from a snapshot taken at any moment', () => {
    const whole = applyEvents(emptyConversation(ID), STORY)
    for (let moment = 0; moment <= STORY.length; moment += 1) {
      const before = applyEvents(emptyConversation(ID), STORY.slice(0, moment))
      const records = STORY.slice(0, moment).flatMap((event) => (event.type === 'record' ? [event.record] : []))
      const live = [...before.live.values()].map(({ header: message, seq, parts }) => ({
        message,
        seq,
        parts: [...parts],
      }))
      const late = applyEvents(fromSnapshot(snapshot(records, live)), STORY.slice(moment))
      expect(late).toEqual(whole)
    }
  })

  it('never changes a state that it was given', () => {
    let state = emptyConversation(ID)
    for (const event of STORY) {
      const before = structuredClone(state)
      const next = applyEvents(state, [event])
      expect(state).toEqual(before)
      state = next
    }
  })

  it('takes a delta that comes twice once', () => {
    const state = applyEvents(after(user('u1', null)), [
      { type: 'start', conversation: ID, message: header('a1', 'u1') },
      delta('a1', 0, 'one '),
      delta('a1', 0, 'one '),
      delta('a1', 1, 'two'),
    ])
    expect(state.live.get('a1')?.parts).toEqual([{ type: 'text', text: 'one two' }])
    expect(state.gap).toBe(false)
  })

  it('says so where a delta is missing, and adds nothing after the gap', () => {
    const state = applyEvents(after(user('u1', null)), [
      { type: 'start', conversation: ID, message: header('a1', 'u1') },
      delta('a1', 0, 'one '),
      delta('a1', 2, 'three'),
    ])
    expect(state.gap).toBe(true)
    expect(state.live.get('a1')?.parts).toEqual([{ type: 'text', text: 'one ' }])
  })

  it('numbers whole parts with the deltas, and begins another part after one', () => {
    const call: Part = { type: 'tool_call', id: 'c', name: 'look', arguments: '{}' }
    const gave: Part = { type: 'tool_result', id: 'c', content: 'seen', is_error: false }
    const part = (seq: number, one: Part): Event => ({ type: 'part', conversation: ID, message: 'a1', seq, part: one })
    const story: Event[] = [
      { type: 'start', conversation: ID, message: header('a1', 'u1') },
      delta('a1', 0, 'I '),
      delta('a1', 1, 'look'),
      part(2, call),
      part(2, call),
      {
        type: 'start',
        conversation: ID,
        message: {
          ...header('a1', 'u1'),
          status: 'waiting',
          calls: [{ id: 'c', name: 'look', arguments: '{}', source: 'mcp:s' }],
        },
      },
      { type: 'start', conversation: ID, message: header('a1', 'u1') },
      part(3, gave),
      part(4, { type: 'text', text: 'whole' }),
      delta('a1', 5, 'and '),
      delta('a1', 6, 'more'),
    ]
    const state = applyEvents(after(user('u1', null)), story)
    expect(state.gap).toBe(false)
    expect(state.live.get('a1')?.seq).toBe(7)
    expect(state.live.get('a1')?.parts).toEqual([
      { type: 'text', text: 'I look' },
      call,
      gave,
      { type: 'text', text: 'whole' },
      { type: 'text', text: 'and more' },
    ])
    expect(applyEvents(after(user('u1', null)), [...story, part(9, gave)]).gap).toBe(true)
    for (let moment = 1; moment <= story.length; moment += 1) {
      const before = applyEvents(after(user('u1', null)), story.slice(0, moment)).live.get('a1')
      if (!before) throw new Error('it streams')
      const seen = fromSnapshot(
        snapshot([user('u1', null)], [{ message: before.header, seq: before.seq, parts: [...before.parts] }]),
      )
      const late = applyEvents(seen, story.slice(moment)).live.get('a1')
      expect(late?.parts.filter((one) => one.type !== 'text')).toEqual([call, gave])
      expect(late?.seq).toBe(7)
    }
  })

  it('takes no delta into reasoning that was signed', () => {
    const signed: Part = { type: 'reasoning', text: 'hm', signature: 's' }
    const state = fromSnapshot(snapshot([user('u1', null)], [{ message: header('a1', 'u1'), seq: 1, parts: [signed] }]))
    expect(applyEvents(state, [delta('a1', 1, 'so', 'reasoning')]).live.get('a1')?.parts).toEqual([
      signed,
      { type: 'reasoning', text: 'so' },
    ])
  })

  it('ignores what belongs to another conversation', () => {
    const state = after(user('u1', null))
    expect(applyEvents(state, [{ ...record(user('u9', null)), conversation: 'another' } as Event])).toBe(state)
  })

  it('keeps a late delta of an answer that has ended out of it', () => {
    const state = after(user('u1', null), answer('a1', 'u1'))
    expect(applyEvents(state, [delta('a1', 7, 'late')])).toBe(state)
  })
})

describe('a summary', () => {
  it('stands at the message that it covers, live and from a snapshot', () => {
    const summary: FileRecord = {
      type: 'summary',
      at: AT,
      id: 's1',
      covers: 'a1',
      lane: 'a',
      text: 'in short',
      model: 'echo/echo',
      usage: { input: 1, output: 1, reasoning: null, cached: null },
    }
    const records: FileRecord[] = [user('u1', null), answer('a1', 'u1'), summary]
    const live = applyEvents(emptyConversation(ID), records.map(record))
    expect(live.summaries.get('a1')).toEqual([summary])
    expect(fromSnapshot({ type: 'snapshot', ref: '', conversation: ID, records, live: [] })).toEqual(live)
  })
})

describe('the shown leaf', () => {
  it('is the first asked lane, not the fastest', () => {
    expect(after(user('u1', null, ['a', 'b']), answer('b1', 'u1', 'b'), answer('a1', 'u1', 'a')).head).toBe('a1')
  })

  it('is not a failed answer where there is a better one', () => {
    const state = after(
      user('u1', null, ['a', 'b']),
      answer('a1', 'u1', 'a', { status: 'failed' }),
      answer('b1', 'u1', 'b'),
    )
    expect(state.head).toBe('b1')
  })

  it('stays what a person chose when another lane ends later', () => {
    const state = after(
      user('u1', null, ['a', 'b']),
      answer('b1', 'u1', 'b'),
      { type: 'head', at: AT, message: 'b1' },
      answer('a1', 'u1', 'a'),
    )
    expect(state.head).toBe('b1')
  })

  it('goes to an edited message and back where that is deleted', () => {
    const edited = after(user('u1', null), answer('a1', 'u1'), user('u1b', null))
    expect(edited.head).toBe('u1b')
    const deleted = applyEvents(edited, [record({ type: 'delete', at: AT, message: 'u1b' })])
    expect(deleted.head).toBe('a1')
    expect(pathTo(deleted, deleted.head)).toEqual(['u1', 'a1'])
  })
})

describe('elided messages', () => {
  it('are filled once their parts come, and are not emptied again by a snapshot of the rest', () => {
    const state = fromSnapshot(snapshot([{ ...user('u1', null), parts: undefined, elided: true }, answer('a1', 'u1')]))
    expect(state.messages.get('u1')?.elided).toBe(true)
    const filled = fillElided(state, [user('u1', null)])
    expect(filled.messages.get('u1')?.parts).toEqual([{ type: 'text', text: 'text of u1' }])
    expect(filled.messages.get('u1')?.elided).toBeFalsy()
  })
})

it('opens ten thousand messages in well under a second', () => {
  const records = Array.from({ length: 5_000 }, (_, index) => [
    user(`u${index}`, index === 0 ? null : `a${index - 1}`),
    answer(`a${index}`, `u${index}`),
  ]).flat()
  const taken = cpuMsOf(() => {
    const state = fromSnapshot(snapshot(records))
    expect(pathTo(state, state.head)).toHaveLength(10_000)
  })
  expect(taken).toBeLessThan(500)
})

describe('the end of a branch', () => {
  const lanes = after(
    user('u1', null, ['a', 'b', 'c']),
    answer('b1', 'u1', 'b'),
    answer('c1', 'u1', 'c'),
    answer('a1', 'u1', 'a', { status: 'failed' }),
  )

  it('is the answer of the first lane that did not fail, whoever was faster', () => {
    expect(primaryLeaf(lanes, 'c1')).toBe('b1')
    expect(
      primaryLeaf(
        after(user('u1', null, ['a', 'b']), answer('b1', 'u1', 'b'), answer('a1', 'u1'), answer('a2', 'u1')),
        'b1',
      ),
    ).toBe('a2')
  })

  it('is no answer from which something goes on', () => {
    expect(primaryLeaf(applyEvents(lanes, [record(user('u2', 'b1'))]), 'c1')).toBe('c1')
    expect(primaryLeaf(lanes, 'u1')).toBe('u1')
  })
})
