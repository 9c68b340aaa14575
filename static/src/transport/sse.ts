import type { Http } from '@/transport/http'
import { HttpError } from '@/transport/http'
import type { AnyCommand, Event } from '@/protocol/types.gen'

import { decode } from './decode'
import type { Transport, TransportHandlers } from './types'

const EVENT_TYPES = ['snapshot', 'record', 'start', 'delta', 'part', 'note', 'error', 'activity'] as const
const LIST_POLL_MS = 8_000

/**
 * For networks that let no WebSocket through: commands go by POST, a conversation's events come by SSE
 * (the browser resumes it with Last-Event-ID by itself). The list of conversations is asked for now and
 * then, because SSE carries one conversation only.
 */
export class SseTransport implements Transport {
  private handlers: TransportHandlers | null = null
  private readonly sources = new Map<string, EventSource>()
  private readonly opening = new Map<string, string>()
  private poll: ReturnType<typeof setInterval> | undefined

  constructor(
    private readonly http: Http,
    private readonly onPoll: () => void = () => {},
  ) {}

  start(handlers: TransportHandlers): void {
    this.handlers = handlers
    this.poll = setInterval(() => this.onPoll(), LIST_POLL_MS)
    handlers.state('open', { fallback: true })
    handlers.event({ type: 'ready', protocol: 1, user: '', server_time: new Date().toISOString() })
  }

  send(command: AnyCommand): boolean {
    if (command.type === 'open') this.follow(command.conversation, command.ref ?? '')
    else if (command.type === 'close') this.unfollow(command.conversation, command.ref ?? null)
    else if (command.type === 'watch') this.emit({ type: 'ack', ref: command.ref ?? null })
    else void this.post(command)
    return true
  }

  retryNow(): void {}

  stop(): void {
    this.handlers = null
    clearInterval(this.poll)
    for (const source of this.sources.values()) source.close()
    this.sources.clear()
  }

  private emit(event: Event): void {
    this.handlers?.event(event)
  }

  private follow(conversation: string, ref: string): void {
    this.sources.get(conversation)?.close()
    this.opening.set(conversation, ref)
    const source = new EventSource(`/api/conversations/${conversation}/events`)
    this.sources.set(conversation, source)
    const receive = (message: MessageEvent<unknown>): void => this.receive(conversation, message.data)
    source.addEventListener('message', receive)
    for (const type of EVENT_TYPES) source.addEventListener(type, receive as EventListener)
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) this.refuse(conversation)
    })
  }

  private receive(conversation: string, data: unknown): void {
    const event = typeof data === 'string' ? decode(data) : null
    if (!event) return
    if (event.type === 'snapshot') {
      const ref = this.opening.get(conversation) ?? null
      this.opening.delete(conversation)
      this.emit({ ...event, ref })
    } else this.emit(event)
  }

  private refuse(conversation: string): void {
    const ref = this.opening.get(conversation)
    this.opening.delete(conversation)
    this.sources.delete(conversation)
    this.emit({ type: 'error', ref, conversation, code: 'not_found', message: '', retryable: false })
  }

  private unfollow(conversation: string, ref: string | null): void {
    this.sources.get(conversation)?.close()
    this.sources.delete(conversation)
    this.emit({ type: 'ack', ref, conversation })
  }

  private async post(command: AnyCommand): Promise<void> {
    const ref = command.ref ?? null
    try {
      const ack = await this.http.call('POST /api/chat/commands', { body: { ...command } })
      this.emit({ ...ack, type: 'ack', ref } as Event)
    } catch (failure) {
      const error = failure instanceof HttpError ? failure : HttpError.unreachable()
      if (error.status === 401) this.handlers?.unauthenticated()
      this.emit({ type: 'error', ref, code: error.code, message: error.message, retryable: error.retryable })
    }
  }
}
