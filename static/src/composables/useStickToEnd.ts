import { onScopeDispose, readonly, ref, type ShallowRef, watch } from 'vue'

/** Nearer to the end than this counts as "at the end"; sub-pixel scroll positions make 0 unreachable. */
const SLACK_PX = 2
const KEYS_AWAY = new Set(['PageUp', 'ArrowUp', 'Home'])
const KEYS_BACK = new Set(['PageDown', 'ArrowDown', 'End'])

/**
 * Follows growing content only for a reader who is at its end. Any move of theirs away from it (wheel,
 * touch, key, scroll bar, a selection) lets go at once; coming back to the end takes hold again.
 */
export function useStickToEnd(
  scroller: Readonly<ShallowRef<HTMLElement | null>>,
  content: Readonly<ShallowRef<HTMLElement | null>>,
) {
  const stuck = ref(true)
  const atEnd = ref(true)
  let touchY = 0
  /** Only a reader's own way down takes hold again: scroll events alone do not say who scrolled. */
  let headsBack = false
  /** The next scroll event tells of our own way to the end: what it leads to is known. */
  let ownScroll = false

  function distance(element: HTMLElement): number {
    return element.scrollHeight - element.clientHeight - element.scrollTop
  }

  function toEnd(behavior: ScrollBehavior = 'instant'): void {
    stuck.value = true
    const element = scroller.value
    if (element) element.scrollTo({ top: element.scrollHeight, behavior })
  }

  /** Follows the end from now on, and is there with the next frame: what was just drawn is laid out once, for it. */
  function stick(): void {
    stuck.value = true
    if (document.visibilityState === 'hidden') follow()
    else requestAnimationFrame(follow)
  }

  function toStart(): void {
    release()
    scroller.value?.scrollTo({ top: 0 })
  }

  function follow(): void {
    const element = scroller.value
    if (!element) return
    const left = distance(element)
    if (stuck.value && left > 0) {
      element.scrollTop = element.scrollHeight
      ownScroll = left >= 1
    }
    atEnd.value = stuck.value || left <= SLACK_PX
  }

  function onScroll(): void {
    const element = scroller.value
    if (!element) return
    if (ownScroll) {
      ownScroll = false
      return
    }
    atEnd.value = distance(element) <= SLACK_PX
    if (headsBack && atEnd.value && !selecting()) stuck.value = true
  }

  function release(): void {
    stuck.value = false
    headsBack = false
    ownScroll = false
  }

  function heads(back: boolean): void {
    if (back) {
      headsBack = true
      onScroll()
    } else release()
  }

  function onWheel(event: WheelEvent): void {
    if (event.deltaY !== 0) heads(event.deltaY > 0)
  }

  function onTouchStart(event: TouchEvent): void {
    touchY = event.touches[0]?.clientY ?? 0
  }

  function onTouchMove(event: TouchEvent): void {
    const y = event.touches[0]?.clientY ?? 0
    if (y !== touchY) heads(y < touchY)
    touchY = y
  }

  function onKey(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, [contenteditable]')
    if (typing) return
    if (KEYS_AWAY.has(event.key) || (event.key === ' ' && event.shiftKey)) heads(false)
    else if (KEYS_BACK.has(event.key) || event.key === ' ') heads(true)
  }

  /** A press on the scroll bar lands on the scroller itself, beside its content. */
  function onPointerDown(event: PointerEvent): void {
    const element = scroller.value
    if (!element || event.target !== element || event.offsetX <= element.clientWidth) return
    release()
    headsBack = true
  }

  /** Whoever edits an earlier message must not have it pulled away. */
  function onFocus(event: FocusEvent): void {
    if (event.target instanceof HTMLElement && event.target.matches('input, textarea')) release()
  }

  function selecting(): boolean {
    const selection = document.getSelection()
    const inside = scroller.value?.contains(selection?.anchorNode ?? null) ?? false
    return inside && selection?.isCollapsed === false
  }

  function onSelection(): void {
    if (selecting()) release()
  }

  const sizes = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(follow)
  document.addEventListener('selectionchange', onSelection)
  document.addEventListener('keydown', onKey)

  watch(
    [scroller, content],
    ([element, inner], [oldElement]) => {
      sizes?.disconnect()
      if (oldElement) detach(oldElement)
      if (!element || !inner) return
      sizes?.observe(element)
      sizes?.observe(inner)
      element.addEventListener('scroll', onScroll, { passive: true })
      element.addEventListener('wheel', onWheel, { passive: true })
      element.addEventListener('touchstart', onTouchStart, { passive: true })
      element.addEventListener('touchmove', onTouchMove, { passive: true })
      element.addEventListener('pointerdown', onPointerDown)
      element.addEventListener('focusin', onFocus)
    },
    { immediate: true, flush: 'post' },
  )

  function detach(element: HTMLElement): void {
    element.removeEventListener('scroll', onScroll)
    element.removeEventListener('wheel', onWheel)
    element.removeEventListener('touchstart', onTouchStart)
    element.removeEventListener('touchmove', onTouchMove)
    element.removeEventListener('pointerdown', onPointerDown)
    element.removeEventListener('focusin', onFocus)
  }

  onScopeDispose(() => {
    sizes?.disconnect()
    if (scroller.value) detach(scroller.value)
    document.removeEventListener('selectionchange', onSelection)
    document.removeEventListener('keydown', onKey)
  })

  return { stuck: readonly(stuck), atEnd: readonly(atEnd), stick, toEnd, toStart, release }
}
