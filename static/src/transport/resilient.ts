import type { AnyCommand } from '@/protocol/types.gen'

import type { Http } from './http'
import { HttpError } from './http'
import { SseTransport } from './sse'
import type { Transport, TransportHandlers } from './types'
import { WebSocketTransport } from './ws'

/** One failure may be a restart; two while HTTP answers mean that something between eats WebSockets. */
const FAILURES_BEFORE_FALLBACK = 2

/** WebSocket where it can be had, else SSE and POST. A page load later tries the WebSocket first again. */
export class ResilientTransport implements Transport {
  private active: Transport
  private handlers: TransportHandlers | null = null
  private failures = 0
  private turnedAway = false

  constructor(
    socketUrl: string,
    private readonly http: Http,
    private readonly onPoll: () => void,
  ) {
    this.active = new WebSocketTransport(socketUrl, () => void this.failed())
  }

  start(handlers: TransportHandlers): void {
    this.handlers = handlers
    this.active.start({
      ...handlers,
      event: (event) => {
        if (event.type === 'ready') {
          this.failures = 0
          this.turnedAway = false
        }
        handlers.event(event)
      },
      unauthenticated: () => void this.lookForLogin(),
    })
  }

  send(command: AnyCommand): boolean {
    return this.active.send(command)
  }

  retryNow(): void {
    this.active.retryNow()
  }

  stop(): void {
    this.handlers = null
    this.active.stop()
  }

  /** Another tab may have changed the password, or logged in anew, since this socket was let in. */
  private async lookForLogin(): Promise<void> {
    const again = this.turnedAway
    this.turnedAway = true
    if (again || (await this.askHttp()) === 'unauthenticated') this.handlers?.unauthenticated()
    else this.active.retryNow()
  }

  private async failed(): Promise<void> {
    const answer = await this.askHttp()
    if (answer === 'unauthenticated') this.handlers?.unauthenticated()
    if (answer !== 'ok' || !this.handlers) return
    this.failures += 1
    if (this.failures < FAILURES_BEFORE_FALLBACK || this.active instanceof SseTransport) return
    this.active.stop()
    this.active = new SseTransport(this.http, this.onPoll)
    this.active.start(this.handlers)
  }

  private async askHttp(): Promise<'ok' | 'unauthenticated' | 'failed'> {
    try {
      await this.http.call('GET /api/conversations', { query: { limit: 1 } })
      return 'ok'
    } catch (failure) {
      return failure instanceof HttpError && failure.status === 401 ? 'unauthenticated' : 'failed'
    }
  }
}
