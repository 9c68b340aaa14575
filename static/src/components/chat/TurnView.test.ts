// @vitest-environment jsdom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, type Pinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { makeI18n } from '@/i18n'
import type { Event } from '@/protocol/types.gen'
import { useChat } from '@/stores/chat'
import { useConnection } from '@/stores/connection'
import { usePreferences } from '@/stores/preferences'
import { Http } from '@/transport/http'
import type { Transport, TransportHandlers } from '@/transport/types'

import TurnView from './TurnView.vue'

const ID = '20261130-120000-abcdefgh'
const AT = '2026-11-30T12:00:00.000Z'
const LANES = [
  { id: 'a', model: 'openai/gpt-4.1-mini' },
  { id: 'b', model: 'anthropic/claude-opus' },
  { id: 'c', model: 'ollama/qwen3' },
]

let pinia: Pinia
let tell: (event: Event) => void
const asked: string[] = []

/** A connection on which the test says what the server would. */
class Line implements Transport {
  start(handlers: TransportHandlers): void {
    handlers.state('open')
    tell = (event) => handlers.event(event)
    tell({ type: 'ready', protocol: 1, user: 'me', server_time: AT } as Event)
  }

  send(): boolean {
    return true
  }

  retryNow(): void {}
  stop(): void {}
}

const answer = (lane: string, more: object = {}): object => ({
  type: 'message', at: AT, id: `answer-${lane}`, parent: 'question', role: 'assistant', lane,
  model: LANES.find((one) => one.id === lane)?.model, status: 'complete', finish: 'stop',
  parts: [{ type: 'text', text: `From ${lane}.` }], usage: { input: 7, output: 5 }, timing: { total_ms: 1_200, first_token_ms: 80 }, cost: { usd: null, source: 'unknown' }, ...more,
})
const question = (more: object = {}): object => ({ type: 'message', at: AT, id: 'question', parent: null, role: 'user', parts: [{ type: 'text', text: 'Who?' }], lanes: LANES.map((lane) => lane.id), ...more })

async function shown(...records: object[]): Promise<VueWrapper> {
  void useChat().open(ID)
  const settings = { type: 'settings', at: AT, lanes: LANES, title: 'Who' }
  tell({ type: 'snapshot', conversation: ID, records: [{ type: 'conversation', id: ID, at: AT, version: 1 }, settings, ...records], live: [], readonly: false, head: null, seq: 0 } as unknown as Event)
  await flushPromises()
  const turn = useChat().turns[0]
  if (!turn) throw new Error('no turn')
  return mount(TurnView, { props: { turn, sending: false, last: true }, global: { plugins: [pinia, makeI18n('en')] }, attachTo: document.body })
}

beforeEach(() => {
  localStorage.clear()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  Object.defineProperty(window, 'innerWidth', { value: 1600, configurable: true })
  pinia = createPinia()
  setActivePinia(pinia)
  useChat().start()
  asked.splice(0)
  useConnection().start(new Line(), new Http(async (url) => (asked.push(url), new Response('{"messages": []}'))), () => {})
})

afterEach(() => {
  vi.unstubAllGlobals()
  document.body.replaceChildren()
})

describe('a turn', () => {
  it('has a card for each lane, in the order of the lanes, with a name, a mark and a time', async () => {
    const view = await shown(question(), answer('c'), answer('a'), answer('b'))
    const cards = view.findAll('[data-answer]')
    expect(cards.map((card) => card.get('.name').text())).toEqual(['gpt-4.1-mini', 'claude-opus', 'qwen3'])
    expect(cards.map((card) => card.get('.model-mark').attributes('data-letters'))).toEqual(['AI', 'A', 'Q'])
    for (const card of cards) expect(card.get('time').attributes('datetime')).toBe(AT)
  })

  it('says how many failed, and that one of them can be asked again', async () => {
    const error = { code: 'overloaded', message: 'Too busy.', retryable: true }
    const view = await shown(question(), answer('a'), answer('b', { status: 'failed', error, parts: [] }), answer('c'))
    expect(view.text()).toContain('1 of 3 failed')
    expect(view.get('[data-answer="answer-b"]').attributes('data-status')).toBe('failed')
    expect(view.get('[data-answer="answer-b"] [role=alert]').text()).toContain('Too busy.')
  })

  it.each(['stopped', 'interrupted', 'failed'] as const)('offers to continue an answer that was %s with words in it', async (status) => {
    const error = status === 'failed' ? { code: 'network', message: 'Broke off.', retryable: true } : undefined
    const view = await shown(question(), answer('a', { status, error }), answer('b', { status, error, parts: [] }))
    expect(view.get('[data-answer="answer-a"]').text()).toContain('Continue')
    expect(view.get('[data-answer="answer-b"]').text()).not.toContain('Continue')
  })

  it('shows three buttons and a menu below an answer', async () => {
    const view = await shown(question(), answer('a'))
    const labels = view.findAll('[data-answer] .actions > button').map((button) => button.attributes('aria-label'))
    expect(labels).toEqual(['Copy the answer', 'Regenerate', 'Good answer', 'More'])
  })

  it('marks the answer that the conversation continues from, and offers the others', async () => {
    const view = await shown(question(), answer('a'), answer('b'), answer('c'))
    expect(view.findAll('.chosen').map((card) => card.attributes('data-answer'))).toEqual(['answer-a'])
    expect(view.get('[data-answer="answer-b"]').text()).toContain('Continue from here')
    expect(view.get('[data-answer="answer-a"]').text()).toContain('Selected')
  })

  it('shows one of them as a tab where the layout is tabs, and another when that is chosen', async () => {
    usePreferences().layout = 'tabs'
    const view = await shown(question(), answer('a'), answer('b'), answer('c'))
    expect(view.findAll('[role=tab]').map((tab) => tab.attributes('aria-label'))).toEqual(['gpt-4.1-mini: Complete', 'claude-opus: Complete', 'qwen3: Complete'])
    expect(view.get('[role=tabpanel] .name').text()).toBe('gpt-4.1-mini')
    await view.findAll('[role=tab]')[2]?.trigger('click')
    expect(view.get('[role=tabpanel] .name').text()).toBe('qwen3')
  })

  it('that still loads keeps its place and asks for its words, without `parts` and without an error', async () => {
    const elided = { parts: undefined, elided: true }
    const view = await shown(question(elided), answer('a', elided), answer('b', elided))
    await flushPromises()
    expect(view.find('.bubble.elided').exists()).toBe(true)
    expect(view.findAll('[data-answer] .elided')).toHaveLength(2)
    expect(asked.filter((url) => url.includes('question') && url.includes('answer-b'))).toHaveLength(1)
  })
})
