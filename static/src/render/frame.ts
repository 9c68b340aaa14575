import { FRAME_MS } from './limits'

let frame: CSSNumberish | null = null
let end = 0

/**
 * Until when (of `performance.now()`) what is drawn in this frame may be painted. All texts of the page share
 * it: each for itself, twenty answers that are opened at once would hold up the page for half a second.
 */
export function frameEnd(): number {
  const now = performance.now()
  const current = document.timeline?.currentTime ?? null
  // A page in the background, and one without a timeline, has no frames to share.
  if (current === null || document.visibilityState === 'hidden') return now + FRAME_MS
  if (current !== frame) {
    frame = current
    end = now + FRAME_MS
  }
  return end
}
