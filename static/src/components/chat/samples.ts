/** A turn of three lanes, as a server tells of it: for the tests of what shows it. */
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, type Pinia, setActivePinia } from 'pinia'
import { vi } from 'vitest'
import type { Component, ComponentPublicInstance } from 'vue'

import type { Turn } from '@/domain/timeline'
import type { AnyCommand, Event } from '@/protocol/types.gen'
import { useChat } from '@/stores/chat'
import { useConnection } from '@/stores/connection'
import { Http } from '@/transport/http'
import type { Transport, TransportHandlers } from '@/transport/types'
import { englishI18n } from '@/testing/i18n'

const ID = '20261130-120000-abcdefgh'
export const AT = '2026-11-30T12:00:00.000Z'
const LANES = [
  { id: 'a', model: 'openai/gpt-4.1-mini' },
  { id: 'b', model: 'anthropic/claude-opus' },
  { id: 'c', model: 'ollama/qwen3' },
]

/** A connection on which a test says what the server would. */
class Line implements Transport {
  readonly sent: AnyCommand[] = []
  /** The addresses that were asked for by REST. */
  readonly asked: string[] = []
  private handlers: TransportHandlers | undefined

  start(handlers: TransportHandlers): void {
    this.handlers = handlers
    handlers.state('open')
    this.tell({ type: 'ready', protocol: 1, user: 'me', server_time: AT })
  }

  tell(event: object): void {
    this.handlers?.event(event as Event)
  }

  /** What came is shown with the next frame. */
  async tellAll(...events: object[]): Promise<void> {
    for (const event of events) this.tell({ conversation: ID, ...event })
    await new Promise(requestAnimationFrame)
    await flushPromises()
  }

  send(command: AnyCommand): boolean {
    this.sent.push(command)
    return true
  }

  retryNow(): void {}
  stop(): void {}
}

let pinia: Pinia

/** A page of its own for each test, followed on this line. */
export function beginPage(): Line {
  localStorage.clear()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  )
  Object.defineProperty(window, 'innerWidth', { value: 1600, configurable: true })
  pinia = createPinia()
  setActivePinia(pinia)
  useChat().start()
  const line = new Line()
  useConnection().start(
    line,
    new Http(async (url) => (line.asked.push(url), new Response('{"messages": []}'))),
    () => {},
  )
  return line
}

export function endPage(): void {
  vi.unstubAllGlobals()
  document.body.replaceChildren()
}

export function question(more: object = {}): object {
  return {
    type: 'message',
    at: AT,
    id: 'question',
    parent: null,
    role: 'user',
    parts: [{ type: 'text', text: 'Who?' }],
    lanes: LANES.map((lane) => lane.id),
    ...more,
  }
}

export function answer(lane: string, more: object = {}): object {
  return {
    ...answerHeader(lane),
    status: 'complete',
    finish: 'stop',
    parts: [{ type: 'text', text: `From ${lane}.` }],
    usage: { input: 7, output: 5 },
    timing: { total_ms: 1_200, first_token_ms: 80 },
    cost: { usd: null, source: 'unknown' },
    ...more,
  }
}

/** An answer of which nothing has come. */
export function answerHeader(lane: string, more: object = {}): object {
  return {
    type: 'message',
    at: AT,
    id: `answer-${lane}`,
    parent: 'question',
    role: 'assistant',
    lane,
    model: LANES.find((one) => one.id === lane)?.model,
    status: 'streaming',
    ...more,
  }
}

/** The one turn of a conversation that holds these records. */
export async function turnOf(line: Line, ...records: object[]): Promise<Turn> {
  void useChat().open(ID)
  const settings = { type: 'settings', at: AT, lanes: LANES, title: 'Who' }
  const first = { type: 'conversation', id: ID, at: AT, version: 1 }
  line.tell({
    type: 'snapshot',
    conversation: ID,
    records: [first, settings, ...records],
    live: [],
    readonly: false,
    head: null,
    seq: 0,
  })
  await flushPromises()
  return lastTurn()
}

/** As it is now: with the answers that have begun since. */
export function lastTurn(): Turn {
  const turn = useChat().turns.at(-1)
  if (!turn) throw new Error('The conversation has no turn.')
  return turn
}

/** `onDrawnAgain` is told the name of each component that is drawn a second time or later. */
export function mountOnPage(
  component: Component,
  props: object,
  onDrawnAgain: (name: string) => void = () => {},
): VueWrapper {
  const watching = {
    updated(this: ComponentPublicInstance) {
      const { __name: name } = this.$options
      onDrawnAgain(name ?? '')
    },
  }
  const plugins = [pinia, englishI18n()]
  return mount(component, { props, global: { plugins, mixins: [watching] }, attachTo: document.body })
}
