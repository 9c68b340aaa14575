import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { randomId } from '@/domain/ids'
import type { Ack, AnyCommand, Event, Snapshot } from '@/protocol/types.gen'
import type { Http } from '@/transport/http'
import { HttpError } from '@/transport/http'
import type { LinkState, Transport } from '@/transport/types'

const ANSWER_TIMEOUT_MS = 20_000
/** A restart of the server or a lift ride should not blink a banner. */
const TROUBLE_AFTER_MS = 4_000

/** Why a command was not done: a code of the protocol and a sentence of the server's, if it gave one. */
export class CommandError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryable: boolean,
  ) {
    super(message)
  }
}

interface Waiting {
  resolve(answer: Ack | Snapshot): void
  reject(error: CommandError): void
  timer: ReturnType<typeof setTimeout>
}

export const useConnection = defineStore('connection', () => {
  const link = ref<LinkState>('connecting')
  const fallback = ref(false)
  const troubled = ref(false)
  /** Server time minus this machine's, in ms: timers run by the server's clock. */
  const clockOffset = ref(0)
  const restClient = shallowRef<Http | null>(null)

  const waiting = new Map<string, Waiting>()
  const eventListeners = new Set<(event: Event) => void>()
  const readyListeners = new Set<() => void>()
  let transport: Transport | null = null
  let troubleTimer: ReturnType<typeof setTimeout> | undefined

  const http = computed<Http>(() => {
    if (!restClient.value) throw new Error('The connection was not started.')
    return restClient.value
  })

  function start(given: Transport, rest: Http, login: () => void): void {
    transport = given
    restClient.value = rest
    given.start({ event: receive, state: changed, unauthenticated: login })
  }

  function changed(state: LinkState, details: { fallback?: boolean } = {}): void {
    link.value = state
    fallback.value = details.fallback ?? false
    if (state === 'open') {
      clearTimeout(troubleTimer)
      troubleTimer = undefined
      troubled.value = false
      return
    }
    if (state === 'waiting' || state === 'refused') failWaiting()
    if (state === 'refused') troubled.value = true
    troubleTimer ??= setTimeout(() => {
      troubled.value = true
    }, TROUBLE_AFTER_MS)
  }

  function receive(event: Event): void {
    if (event.type === 'ready') {
      clockOffset.value = Date.parse(event.server_time) - Date.now() || 0
      for (const listener of readyListeners) listener()
      return
    }
    for (const listener of eventListeners) listener(event)
    if ('ref' in event && typeof event.ref === 'string') settle(event.ref, event)
  }

  function settle(ref: string, event: Event): void {
    const waiter = waiting.get(ref)
    if (!waiter) return
    waiting.delete(ref)
    clearTimeout(waiter.timer)
    if (event.type === 'ack' || event.type === 'snapshot') waiter.resolve(event)
    else if (event.type === 'error') waiter.reject(new CommandError(event.code, event.message, event.retryable))
  }

  function failWaiting(): void {
    for (const ref of waiting.keys()) {
      settle(ref, { type: 'error', ref, code: 'unreachable', message: '', retryable: true })
    }
  }

  /** Resolves with the answer to this very command; rejects with CommandError. */
  function request(command: AnyCommand): Promise<Ack | Snapshot> {
    const ref = randomId(10)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        settle(ref, { type: 'error', ref, code: 'timeout', message: '', retryable: true })
      }, ANSWER_TIMEOUT_MS)
      waiting.set(ref, { resolve, reject, timer })
      if (!transport?.send({ ...command, ref })) {
        settle(ref, { type: 'error', ref, code: 'unreachable', message: '', retryable: true })
      }
    })
  }

  function onEvent(listener: (event: Event) => void): () => void {
    eventListeners.add(listener)
    return () => eventListeners.delete(listener)
  }

  /** Called each time the server has said `ready`: whatever was followed must be opened again. */
  function onReady(listener: () => void): () => void {
    readyListeners.add(listener)
    return () => readyListeners.delete(listener)
  }

  function retryNow(): void {
    transport?.retryNow()
  }

  return { link, fallback, troubled, clockOffset, http, start, request, onEvent, onReady, retryNow }
})

/** The code and words of whatever went wrong, for a toast or a label. */
export function reasonOf(failure: unknown): { code: string; message: string } {
  if (failure instanceof CommandError || failure instanceof HttpError) return failure
  return { code: 'internal', message: '' }
}
