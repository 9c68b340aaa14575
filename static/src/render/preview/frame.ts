/** Why a frame is no more: it fell silent, said too much, or never came. */
export type FrameEnd = 'silent' | 'flooded' | 'missing'

/** What `/sandbox/` is filled with (templates/sandbox.html). */
export type Content = { html: string } | { script: string; diagram: string; options: object }

export interface FrameEvents {
  /** Only of a diagram. */
  drawn?(svg: string): void
  refused?(reason: string): void
  ended(why: FrameEnd): void
}

const BEAT_MS = 1_000
const SILENT_BEATS = 5
const BEATS_TO_COME = 20
/** Messages past the port between two beats. A page that says more than it can mean holds up the one around it. */
const MOST_MESSAGES = 200

/**
 * A frame in which what a model wrote runs: an origin of its own, in Chromium a process of its own. It is asked every second
 * whether it lives, and removed where it does not answer.
 */
export class SandboxFrame {
  readonly element = document.createElement('iframe')
  private readonly channel = new MessageChannel()
  private timer: ReturnType<typeof setInterval> | undefined
  private isFilled = false
  private unanswered = 0
  private said = 0

  constructor(
    private readonly content: Content,
    title: string,
    private readonly on: FrameEvents,
  ) {
    this.element.src = '/sandbox/'
    this.element.title = title
    this.element.referrerPolicy = 'no-referrer'
    this.element.setAttribute('sandbox', 'allow-scripts')
    this.channel.port1.onmessage = ({ data }) => this.hear(data as Record<string, unknown>)
    window.addEventListener('message', this.onMessage)
    this.timer = setInterval(() => this.beat(), BEAT_MS)
  }

  remove(): void {
    clearInterval(this.timer)
    window.removeEventListener('message', this.onMessage)
    this.channel.port1.close()
    this.element.remove()
  }

  private readonly onMessage = (event: MessageEvent): void => {
    if (event.source === null || event.source !== this.element.contentWindow) return
    if (!this.isFilled) {
      this.isFilled = true
      this.unanswered = 0
      this.element.contentWindow.postMessage(this.content, '*', [this.channel.port2])
    } else if (++this.said > MOST_MESSAGES) this.end('flooded')
  }

  private hear(data: Record<string, unknown>): void {
    if ('beat' in data) this.unanswered = 0
    else if (typeof data['svg'] === 'string') this.on.drawn?.(data['svg'])
    else if (typeof data['error'] === 'string') this.on.refused?.(data['error'])
  }

  private beat(): void {
    if (!this.element.isConnected) return this.remove()
    this.said = 0
    this.unanswered += 1
    if (this.unanswered > (this.isFilled ? SILENT_BEATS : BEATS_TO_COME)) this.end(this.isFilled ? 'silent' : 'missing')
    else this.channel.port1.postMessage(null)
  }

  private end(why: FrameEnd): void {
    this.remove()
    this.on.ended(why)
  }
}
