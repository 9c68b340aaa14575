import type { Labels } from '@/i18n/en/render'

import { diagramContent, isTooLong } from './diagram'
import { type FrameEnd, SandboxFrame } from './frame'
import { readSvg } from './svg'
import './preview.css'

/** A diagram that is not drawn by then is given up. */
const DRAWING_MS = 20_000
const LONGEST_HTML = 2_000_000

const ENDS: Readonly<Record<FrameEnd, 'previewSilent' | 'previewFlooded' | 'previewMissing'>> = {
  silent: 'previewSilent',
  flooded: 'previewFlooded',
  missing: 'previewMissing',
}

function button(action: string): HTMLButtonElement {
  const element = document.createElement('button')
  element.type = 'button'
  element.dataset['action'] = action
  return element
}

/** What a block of code draws, in its figure. */
class Panel {
  private readonly element = document.createElement('div')
  private readonly stage = document.createElement('div')
  private readonly reload = button('reload')
  private readonly expand = button('expand')
  private frame: SandboxFrame | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private picture = ''

  constructor(
    private readonly figure: Element,
    private labels: Labels,
  ) {
    const bar = document.createElement('div')
    bar.className = 'md-preview-bar'
    bar.append(this.reload, this.expand)
    this.element.className = 'md-preview'
    this.stage.className = 'md-stage'
    this.element.append(bar, this.stage)
    this.element.addEventListener('toggle', () => this.label())
    figure.append(this.element)
  }

  start(labels: Labels): void {
    this.labels = labels
    this.label()
    this.stop()
    this.figure.removeAttribute('data-failed')
    const text = this.figure.querySelector('code')?.textContent ?? ''
    const kind = this.figure.getAttribute('data-language')
    if (kind === 'svg') this.showPicture(text)
    else if (kind === 'mermaid') void this.draw(text)
    else this.run(text)
  }

  stop(): void {
    clearTimeout(this.timer)
    this.frame?.remove()
    this.frame = null
    if (this.picture) URL.revokeObjectURL(this.picture)
    this.picture = ''
    this.stage.replaceChildren()
  }

  toggleSize(): void {
    if (this.isExpanded) return this.element.hidePopover()
    // In the top layer nothing around it clips it, and a frame is not loaded anew as it would be elsewhere in the page.
    this.element.popover = 'auto'
    this.element.showPopover()
  }

  private get isExpanded(): boolean {
    return this.element.popover !== null && this.element.matches(':popover-open')
  }

  private label(): void {
    if (!this.isExpanded) this.element.removeAttribute('popover')
    this.reload.textContent = this.labels.reload
    this.expand.textContent = this.isExpanded ? this.labels.shrink : this.labels.expand
  }

  private run(html: string): void {
    if (html.length > LONGEST_HTML) return this.fail(this.labels.previewTooLong)
    this.frame = new SandboxFrame({ html }, this.labels.preview, { ended: (why) => this.fail(this.labels[ENDS[why]]) })
    this.stage.append(this.frame.element)
  }

  private async draw(diagram: string): Promise<void> {
    if (isTooLong(diagram)) return this.fail(this.labels.previewTooLong)
    this.say(this.labels.drawing)
    try {
      const content = await diagramContent(diagram, isDark())
      if (!this.figure.hasAttribute('data-previewed')) return
      const frame = new SandboxFrame(content, this.labels.preview, {
        drawn: (svg) => this.showPicture(svg),
        refused: (reason) => this.fail(this.labels.badDiagram, reason),
        ended: (why) => this.fail(this.labels[ENDS[why]]),
      })
      this.frame = frame
      frame.element.className = 'md-drawing'
      frame.element.tabIndex = -1
      frame.element.setAttribute('aria-hidden', 'true')
      this.stage.append(frame.element)
      this.timer = setTimeout(() => this.fail(this.labels.drawingTooLong), DRAWING_MS)
    } catch {
      this.fail(this.labels.previewMissing)
    }
  }

  private showPicture(text: string): void {
    const read = readSvg(text)
    if ('refusal' in read)
      return this.fail(read.refusal === 'tooLong' ? this.labels.previewTooLong : this.labels.badSvg)
    this.stop()
    this.picture = URL.createObjectURL(new Blob([read.svg], { type: 'image/svg+xml' }))
    const image = document.createElement('img')
    image.alt = this.labels.preview
    image.onerror = () => this.fail(this.labels.badSvg)
    image.src = this.picture
    this.stage.append(image)
  }

  private fail(words: string, reason = ''): void {
    this.stop()
    this.say(words)
    this.figure.setAttribute('data-failed', '')
    if (!reason) return
    const why = document.createElement('pre')
    why.textContent = reason.slice(0, 1_000)
    this.stage.append(why)
  }

  private say(words: string): void {
    const note = document.createElement('p')
    note.setAttribute('role', 'status')
    note.textContent = words
    this.stage.replaceChildren(note)
  }
}

function isDark(): boolean {
  const theme = document.documentElement.dataset['theme']
  return theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
}

const panels = new WeakMap<Element, Panel>()

/** Answers a press of one of the preview's buttons. */
export function onPreview(figure: Element, action: string, labels: Labels): void {
  const panel = panels.get(figure) ?? new Panel(figure, labels)
  panels.set(figure, panel)
  if (action === 'expand') return panel.toggleSize()
  const isShown = action !== 'source'
  figure.toggleAttribute('data-previewed', isShown)
  if (isShown) panel.start(labels)
  else panel.stop()
}
