import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { AnswerMessage, FileRecord, UserMessage } from '@/protocol/types.gen'

import { type Branch, branchesOf } from './branches'
import { applyEvents, type ConversationState, emptyConversation } from './conversation'

const ID = '20261120-104233-k3v9x2qd'
const AT = '2026-11-20T10:42:33.120Z'

function asked(id: string, parent: string | null): UserMessage {
  return { type: 'message', role: 'user', at: AT, id, parent, parts: [{ type: 'text', text: id }], lanes: ['a', 'b'] }
}

function answered(id: string, parent: string, lane = 'a', speaker?: string): AnswerMessage {
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
    usage: { input: 1, output: 1, reasoning: null, cached: null },
    cost: { usd: 0, source: 'free' },
    timing: { first_token_ms: 1, total_ms: 1 },
    finish: 'stop',
    ...(speaker === undefined ? {} : { speaker }),
  }
}

function named(name: string, head: string): FileRecord {
  return { type: 'branch', at: AT, name, head }
}

function after(...records: FileRecord[]): ConversationState {
  return applyEvents(
    emptyConversation(ID),
    records.map((value) => ({ type: 'record', conversation: ID, record: value })),
  )
}

/** `name → end`, and `*` for the shown one. */
function told(state: ConversationState): string[] {
  return branchesOf(state).map(({ names, end, shown }: Branch) => `${shown ? '*' : ''}${names.join('+')} → ${end}`)
}

const THREE = [
  asked('u1', null),
  answered('a1', 'u1'),
  answered('b1', 'u1', 'b'),
  asked('u2', 'a1'),
  answered('a2', 'u2'),
  asked('u3', 'a2'),
  answered('a3', 'u3'),
]

describe('the branches of a conversation', () => {
  it.each([
    ['an earlier answer of the shown path', [named('early', 'a1')], ['* → a3', 'early → a1']],
    ['another answer than that which was built on', [named('other', 'b1')], ['* → a3', 'other → b1']],
    ['two answers of one path', [named('one', 'a1'), named('two', 'a2')], ['* → a3', 'two → a2', 'one → a1']],
    ['one answer twice', [named('one', 'a2'), named('again', 'a2')], ['* → a3', 'one+again → a2']],
    ['a question in the middle', [named('asked', 'u2')], ['* → a3', 'asked → a2']],
    ['the last question', [named('last', 'u3')], ['*last → a3']],
    ['the last answer', [named('last', 'a3')], ['*last → a3']],
    ['what it is given to last', [named('moved', 'a1'), named('moved', 'a3')], ['*moved → a3']],
  ])('hold a name on %s', (_place, names, expected) => {
    expect(told(after(...THREE, ...names))).toEqual(expected)
  })

  it('hold a name on an answer that later turns have built on since', () => {
    const before = [asked('u1', null), answered('a1', 'u1'), named('here', 'a1')]
    expect(told(after(...before))).toEqual(['*here → a1'])
    expect(told(after(...before, asked('u2', 'a1'), answered('a2', 'u2')))).toEqual(['* → a2', 'here → a1'])
  })

  it('hold a name on each of the answers that stand side by side at the end', () => {
    const records = [asked('u1', null), answered('a1', 'u1'), answered('b1', 'u1', 'b')]
    expect(told(after(...records, named('first', 'a1'), named('second', 'b1')))).toEqual(['*first → a1', 'second → b1'])
  })

  it('hold a name on a question that nobody has answered, and on a line of a dialogue', () => {
    expect(told(after(asked('u1', null), named('asked', 'u1')))).toEqual(['*asked → u1'])
    const lines = [
      asked('u1', null),
      answered('s1', 'u1', 'a', 'Ada'),
      answered('s2', 's1', 'b', 'Bob'),
      answered('s3', 's2', 'a', 'Ada'),
    ]
    expect(told(after(...lines, named('line', 's1')))).toEqual(['* → s3', 'line → s1'])
  })

  it('show the one that ends at an answer others go on from, once a reader went there', () => {
    expect(told(after(...THREE, named('early', 'a1'), { type: 'head', at: AT, message: 'a1' }))).toEqual([
      '*early → a1',
      ' → a3',
    ])
    expect(told(after(...THREE, { type: 'head', at: AT, message: 'b1' }))).toEqual(['* → b1', ' → a3'])
  })

  it('say where a name ends that others go on from', () => {
    const [shown, early] = branchesOf(after(...THREE, named('early', 'b1')))
    expect(shown?.within).toBeNull()
    expect(early).toMatchObject({ within: 'u1', parts: 'b1', turns: 1 })
  })

  it('hold every name of what is not deleted, once, whatever the tree, and list no end twice', () => {
    const steps = fc.array(
      fc.record({
        parent: fc.nat(),
        kind: fc.constantFrom('ask', 'answer', 'name', 'head', 'delete'),
        lane: fc.constantFrom('a', 'b'),
      }),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(steps, (made) => {
        const ids: { id: string; question: boolean }[] = []
        const records: FileRecord[] = []
        made.forEach(({ parent, kind, lane }, place) => {
          const below = ids[parent % Math.max(ids.length, 1)]
          if (below === undefined || (kind === 'ask' && !below.question)) {
            records.push(asked(`m${place}`, below?.id ?? null))
            ids.push({ id: `m${place}`, question: true })
          } else if (kind === 'answer' && below.question) {
            records.push(answered(`m${place}`, below.id, lane))
            ids.push({ id: `m${place}`, question: false })
          } else if (kind === 'name') records.push(named(`n${place}`, below.id))
          else if (kind === 'head') records.push({ type: 'head', at: AT, message: below.id })
          else if (kind === 'delete' && place % 5 === 0) records.push({ type: 'delete', at: AT, message: below.id })
        })
        const state = after(...records)
        const branches = branchesOf(state)
        const visible = [...state.branches].filter(([, head]) => !state.deleted.has(head)).map(([name]) => name)
        expect(branches.flatMap(({ names }) => names).sort()).toEqual(visible.sort())
        expect(new Set(branches.map(({ end }) => end)).size).toBe(branches.length)
        expect(branches.filter(({ shown }) => shown)).toHaveLength(state.head === null ? 0 : 1)
      }),
    )
  })
})
