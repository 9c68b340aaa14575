import type { AnyCommand, Ready } from '@/protocol/types.gen'

import { backoff } from './backoff'
import { ShortDeltas } from './short'
import type { Transport, TransportHandlers } from './types'

const UNAUTHENTICATED = 4401
const REFUSED = 4403
/** The server is about to end, and sends its pages to the next. Nothing is wrong with the socket. */
const RESTARTING = 1012
/** Some proxies take the upgrade and then say nothing for ever. */
const READY_TIMEOUT_MS = 6_000
/** After this long without a frame, a page that comes to the front asks whether anyone is there. */
const STALE_MS = 45_000
const PING_TIMEOUT_MS = 5_000

/** A WebSocket that comes back by itself. `onFailure` hears of attempts that ended before `ready`. */
export class WebSocketTransport implements Transport {
  private handlers: TransportHandlers | null = null
  private socket: WebSocket | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly delays = backoff()
  private ready = false
  private short = new ShortDeltas()
  private heardAt = 0

  constructor(
    private readonly url: string,
    private readonly onFailure: () => void = () => {},
  ) {}

  start(handlers: TransportHandlers): void {
    this.handlers = handlers
    window.addEventListener('online', this.wake)
    document.addEventListener('visibilitychange', this.wake)
    this.connect()
  }

  send(command: AnyCommand): boolean {
    if (!this.ready || !this.socket) return false
    this.socket.send(JSON.stringify(command))
    return true
  }

  retryNow(): void {
    if (this.handlers && !this.socket) this.connect()
  }

  stop(): void {
    this.handlers = null
    clearTimeout(this.timer)
    window.removeEventListener('online', this.wake)
    document.removeEventListener('visibilitychange', this.wake)
    this.drop()
  }

  private readonly wake = (): void => {
    if (document.visibilityState === 'hidden') return
    this.retryNow()
    if (this.ready && Date.now() - this.heardAt > STALE_MS) this.ping()
  }

  private ping(): void {
    const asked = Date.now()
    this.send({ type: 'watch', ref: 'ping' })
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      if (this.heardAt < asked) this.lost(0)
    }, PING_TIMEOUT_MS)
  }

  private connect(): void {
    clearTimeout(this.timer)
    this.handlers?.state('connecting')
    const socket = new WebSocket(this.url)
    this.socket = socket
    this.short = new ShortDeltas()
    this.timer = setTimeout(() => this.lost(0), READY_TIMEOUT_MS)
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (socket === this.socket && typeof message.data === 'string') this.receive(message.data)
    }
    socket.onclose = (closed) => {
      if (socket === this.socket) this.lost(closed.code)
    }
  }

  private receive(message: string): void {
    this.heardAt = Date.now()
    for (const event of this.short.read(message)) {
      if (event.type === 'ready') this.greet(event)
      this.handlers?.event(event)
    }
  }

  private greet(ready: Ready): void {
    clearTimeout(this.timer)
    this.ready = true
    this.delays.reset()
    if (ready.offers?.includes('short_deltas')) this.send({ type: 'hello', deltas: 'short' })
    this.handlers?.state('open')
  }

  private lost(code: number): void {
    const failed = !this.ready
    this.drop()
    if (code === UNAUTHENTICATED) return this.handlers?.unauthenticated()
    if (code === REFUSED) return this.handlers?.state('refused')
    this.handlers?.state('waiting')
    this.timer = setTimeout(() => this.retryNow(), this.delays.next())
    if (failed && code !== RESTARTING) this.onFailure()
  }

  private drop(): void {
    clearTimeout(this.timer)
    const { socket } = this
    this.socket = null
    this.ready = false
    if (!socket) return
    socket.onmessage = null
    socket.onclose = null
    socket.close()
  }
}
