import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Event } from '@/protocol/types.gen'

import { backoff } from './backoff'
import { decode } from './decode'
import { FakeServer } from './fake'
import { Http, HttpError } from './http'
import { ResilientTransport } from './resilient'
import { WebSocketTransport } from './ws'

describe('decode', () => {
  it('takes the events of the protocol', () => {
    const event = { type: 'delta', conversation: 'c', message: 'm', seq: 0, part: 'text', text: 'a' }
    expect(decode(JSON.stringify(event))).toEqual(event)
  })

  it.each(['', 'null', '[]', '{"type":"news"}', '{"type":"delta","seq":1}', '{"type":"snapshot"'])(
    'lets %s pass by',
    (frame) => {
      expect(decode(frame)).toBeNull()
    },
  )
})

describe('backoff', () => {
  it('grows to fifteen seconds, never longer, and begins anew after a success', () => {
    const delays = backoff(() => 1)
    const first = Array.from({ length: 8 }, () => delays.next())
    expect(first).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
    delays.reset()
    expect(delays.next()).toBe(500)
  })
})

describe('Http', () => {
  function answering(status: number, body: unknown): Http {
    return new Http(
      async () => new Response(body === null ? null : JSON.stringify(body), { status }),
      () => 'token',
    )
  }

  it('turns the server’s error shape into an HttpError', async () => {
    const http = answering(429, { error: { code: 'rate_limited', message: 'Slow down.', retryable: true } })
    await expect(http.call('GET /api/memory')).rejects.toMatchObject({
      status: 429,
      code: 'rate_limited',
      message: 'Slow down.',
      retryable: true,
    })
  })

  it('does not fall over a page of HTML from a proxy', async () => {
    const http = new Http(
      async () => new Response('<html>Bad gateway</html>', { status: 502 }),
      () => '',
    )
    await expect(http.call('GET /api/memory')).rejects.toMatchObject({ status: 502, code: 'internal', retryable: true })
  })

  it('calls a network that is gone unreachable', async () => {
    const http = new Http(
      () => Promise.reject(new TypeError('fetch failed')),
      () => '',
    )
    await expect(http.call('GET /api/memory')).rejects.toThrow(HttpError)
    await expect(http.call('GET /api/memory')).rejects.toMatchObject({ code: 'unreachable', retryable: true })
  })

  it('sends the CSRF token with whatever changes something, and only with that', async () => {
    const seen: (string | undefined)[] = []
    const http = new Http(
      async (_url, init) => {
        seen.push(new Headers(init?.headers).get('X-CSRFToken') ?? undefined)
        return new Response(null, { status: 204 })
      },
      () => 'token',
    )
    await http.call('GET /api/memory')
    await http.call('POST /api/services/discover')
    await http.call('DELETE /api/memory')
    expect(seen).toEqual([undefined, 'token', 'token'])
  })
})

describe('FakeServer', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('speaks a whole answer: start, numbered deltas, one record', async () => {
    const server = new FakeServer()
    const transport = server.transport()
    const heard: Event[] = []
    transport.start({ event: (event) => heard.push(event), state: () => {}, unauthenticated: () => {} })
    transport.send({
      type: 'send',
      ref: 'r1',
      conversation: null,
      id: 'u1',
      text: 'Hi',
      lanes: [{ model: 'echo/echo' }],
    })
    await vi.runAllTimersAsync()

    const deltas = heard.filter((event) => event.type === 'delta')
    expect(deltas.map((event) => event.seq)).toEqual(deltas.map((_, index) => index))
    const ended = heard.findLast((event) => event.type === 'record')?.record
    expect(ended).toMatchObject({
      role: 'assistant',
      status: 'complete',
      parts: [{ text: deltas.map((event) => event.text).join('') }],
    })
    expect(heard.find((event) => event.type === 'ack')).toMatchObject({ ref: 'r1', message: 'u1' })
  })
})

describe('WebSocketTransport', () => {
  class FakeSocket {
    static readonly made: FakeSocket[] = []
    onmessage: ((message: { data: string }) => void) | null = null
    onclose: ((closed: { code: number }) => void) | null = null

    constructor() {
      FakeSocket.made.push(this)
    }

    close(): void {}
  }

  beforeEach(() => {
    vi.useFakeTimers()
    FakeSocket.made.length = 0
    vi.stubGlobal('WebSocket', FakeSocket)
    vi.stubGlobal('window', new EventTarget())
    vi.stubGlobal('document', new EventTarget())
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  it.each([
    [1012, 0],
    [1006, 1],
  ])('comes back after %i before `ready`, and calls that a failure %i times', (code, times) => {
    const failed = vi.fn()
    const transport = new WebSocketTransport('ws://here', failed)
    transport.start({ event: () => {}, state: () => {}, unauthenticated: () => {} })
    FakeSocket.made[0]?.onclose?.({ code })
    vi.advanceTimersByTime(1_000)
    expect(FakeSocket.made).toHaveLength(2)
    expect(failed).toHaveBeenCalledTimes(times)
    transport.stop()
  })

  it.each([
    ['goes on where the login still holds', 200, [2, 0]],
    ['comes back where nobody can say', 503, [2, 0]],
    ['asks for a login where it does not', 401, [1, 1]],
  ] as const)('turned away with 4401, it %s', async (_, status, expected) => {
    const http = new Http(
      () => Promise.resolve(new Response('{}', { status })),
      () => '',
    )
    const transport = new ResilientTransport('ws://here', http, () => {})
    const unauthenticated = vi.fn()
    transport.start({ event: () => {}, state: () => {}, unauthenticated })
    FakeSocket.made[0]?.onclose?.({ code: 4401 })
    await vi.advanceTimersByTimeAsync(100)
    expect([FakeSocket.made.length, unauthenticated.mock.calls.length]).toEqual(expected)
    transport.stop()
  })

  it('asks for a login where it is turned away twice, whatever HTTP says', async () => {
    const http = new Http(
      () => Promise.resolve(new Response('{}')),
      () => '',
    )
    const transport = new ResilientTransport('ws://here', http, () => {})
    const unauthenticated = vi.fn()
    transport.start({ event: () => {}, state: () => {}, unauthenticated })
    for (const at of [0, 1]) {
      FakeSocket.made[at]?.onclose?.({ code: 4401 })
      await vi.advanceTimersByTimeAsync(100)
    }
    expect([FakeSocket.made.length, unauthenticated.mock.calls.length]).toEqual([2, 1])
    transport.stop()
  })
})

describe('a call of REST', () => {
  const asked: { url: string; init: RequestInit | undefined }[] = []
  const http = new Http(
    async (url, init) => {
      asked.push({ url, init })
      return new Response('{}')
    },
    () => 'token',
  )
  afterEach(() => asked.splice(0))

  it('puts what names a thing into its address, whatever it is called', async () => {
    for (const name of ['plain', 'a/b', '..', 'ü?&#', '%2F', '{name}'])
      await http.call('PATCH /api/tools/{name}', { path: { name }, body: { policy: 'ask' } })
    expect(asked.map(({ url }) => url)).toEqual(
      ['plain', 'a/b', '..', 'ü?&#', '%2F', '{name}'].map((name) => `/api/tools/${encodeURIComponent(name)}`),
    )
    expect(asked[0]?.init).toMatchObject({
      method: 'PATCH',
      body: '{"policy":"ask"}',
      headers: { 'X-CSRFToken': 'token' },
    })
  })

  it('asks only for what is given, and for each of a list', async () => {
    await http.call('GET /api/conversations/{conversation}/messages', {
      path: { conversation: 'c' },
      query: { ids: ['a&b', 'ç'], limit: undefined, cursor: '' },
    })
    await http.call('GET /api/models/budget', { query: { conversation: undefined } })
    await http.call('GET /api/memory')
    expect(asked.map(({ url }) => url)).toEqual([
      '/api/conversations/c/messages?ids=a%26b&ids=%C3%A7&cursor=',
      '/api/models/budget',
      '/api/memory',
    ])
    expect(asked[2]?.init).toMatchObject({ method: 'GET', body: undefined })
  })
})
