import { onScopeDispose, type ShallowRef, watch } from 'vue'

/** A shorter way is a tap, or the beginning of a scroll. */
const LEAST_PX = 48
/** How much farther sideways than up or down. */
const SLANT = 2

/** A finger's quick way to the left (1: what comes next) or to the right (-1) over an element. */
export function useSwipe(element: Readonly<ShallowRef<HTMLElement | null>>, swiped: (by: 1 | -1) => void): void {
  let start: { x: number; y: number } | null = null

  function onStart(event: TouchEvent): void {
    const [touch, second] = event.touches
    start =
      touch && !second && !scrollsSideways(event.target, element.value) ? { x: touch.clientX, y: touch.clientY } : null
  }

  function onEnd(event: TouchEvent): void {
    const touch = event.changedTouches[0]
    if (!touch || !start) return
    const [x, y] = [touch.clientX - start.x, touch.clientY - start.y]
    start = null
    if (Math.abs(x) >= LEAST_PX && Math.abs(x) > SLANT * Math.abs(y)) swiped(goesOn(x, element.value) ? 1 : -1)
  }

  function detach(from: HTMLElement): void {
    from.removeEventListener('touchstart', onStart)
    from.removeEventListener('touchend', onEnd)
  }

  watch(
    element,
    (now, before) => {
      if (before) detach(before)
      now?.addEventListener('touchstart', onStart, { passive: true })
      now?.addEventListener('touchend', onEnd, { passive: true })
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => element.value && detach(element.value))
}

/** Where one reads from the right, what comes next lies to the left. */
function goesOn(x: number, element: HTMLElement | null): boolean {
  return element && getComputedStyle(element).direction === 'rtl' ? x > 0 : x < 0
}

/** A wide table or line of code is moved by the same way of a finger. */
function scrollsSideways(target: EventTarget | null, within: HTMLElement | null): boolean {
  for (let at = target instanceof Element ? target : null; at && at !== within; at = at.parentElement) {
    if (at.scrollWidth > at.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(at).overflowX)) return true
  }
  return false
}
