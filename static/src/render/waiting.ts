import { frameEnd } from './frame'

/** A text of which no more will come: it can wait for what those that stream leave of a frame. */
export interface WaitingText {
  readonly element: Element
  /** Draws until then, and a block at least. True once all of it is on the page. */
  draw: (deadline: number) => boolean
}

/** A page in the background gets no frames; its texts must be there all the same. */
export const HIDDEN_MS = 250

/** In the order in which they came. */
const waiting = new Set<WaitingText>()
const inSight = new WeakSet<Element>()
let sight: IntersectionObserver | null = null
let scheduled = false
let frame = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** Draws a text at once where the frame has time for it, else in the frames that have, those in sight first. */
export function drawInTurn(text: WaitingText): void {
  const hidden = document.visibilityState === 'hidden'
  if ((hidden || performance.now() < frameEnd()) && text.draw(hidden ? Infinity : frameEnd())) {
    leaveWaiting(text)
    return
  }
  waiting.add(text)
  observer()?.observe(text.element)
  schedule()
}

export function leaveWaiting(text: WaitingText): void {
  if (waiting.delete(text)) sight?.unobserve(text.element)
}

/** As much as the frame has time for; of all texts together one block at least, or they would wait for ever. */
function drawSome(): void {
  cancelAnimationFrame(frame)
  clearTimeout(timer)
  scheduled = false
  const hidden = document.visibilityState === 'hidden'
  let text = next()
  while (text) {
    if (text.draw(hidden ? Infinity : frameEnd())) leaveWaiting(text)
    text = hidden || performance.now() < frameEnd() ? next() : undefined
  }
  schedule()
}

function schedule(): void {
  if (waiting.size === 0 || scheduled) return
  scheduled = true
  frame = requestAnimationFrame(drawSome)
  timer = setTimeout(drawSome, HIDDEN_MS)
}

function next(): WaitingText | undefined {
  let first: WaitingText | undefined
  for (const text of waiting) {
    if (inSight.has(text.element)) return text
    first ??= text
  }
  return first
}

function observer(): IntersectionObserver | null {
  if (typeof IntersectionObserver === 'undefined') return null
  return (sight ??= new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) inSight.add(target)
      else inSight.delete(target)
    }
  }))
}
