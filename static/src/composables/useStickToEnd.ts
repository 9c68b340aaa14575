import { onScopeDispose, readonly, ref, type ShallowRef, watch } from 'vue'

/** Nearer to the end than this counts as "at the end"; sub-pixel scroll positions make 0 unreachable. */
const SLACK_PX = 2
const KEYS_AWAY = new Set(['PageUp', 'ArrowUp', 'Home'])

/**
 * Follows growing content only for a reader who is at its end. Any move of theirs away from it (wheel,
 * touch, key, scroll bar, a selection) lets go at once; coming back to the end takes hold again.
 */
export function useStickToEnd(scroller: Readonly<ShallowRef<HTMLElement | null>>, content: Readonly<ShallowRef<HTMLElement | null>>) {
  const stuck = ref(true)
  const atEnd = ref(true)
  let lastTop = 0
  let touchY = 0

  function distance(element: HTMLElement): number {
    return element.scrollHeight - element.clientHeight - element.scrollTop
  }

  function toEnd(behavior: ScrollBehavior = 'instant'): void {
    stuck.value = true
    const element = scroller.value
    if (element) element.scrollTo({ top: element.scrollHeight, behavior })
  }

  function follow(): void {
    const element = scroller.value
    if (!element) return
    if (stuck.value && distance(element) > 0) element.scrollTop = element.scrollHeight
    atEnd.value = distance(element) <= SLACK_PX
  }

  function onScroll(): void {
    const element = scroller.value
    if (!element) return
    const down = element.scrollTop > lastTop
    lastTop = element.scrollTop
    atEnd.value = distance(element) <= SLACK_PX
    if (down && atEnd.value && !selecting()) stuck.value = true
  }

  function release(): void {
    stuck.value = false
  }

  function onWheel(event: WheelEvent): void {
    if (event.deltaY < 0) release()
  }

  function onTouchStart(event: TouchEvent): void {
    touchY = event.touches[0]?.clientY ?? 0
  }

  function onTouchMove(event: TouchEvent): void {
    if ((event.touches[0]?.clientY ?? 0) > touchY) release()
  }

  function onKey(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, [contenteditable]')
    if (!typing && (KEYS_AWAY.has(event.key) || (event.key === ' ' && event.shiftKey))) release()
  }

  /** A press on the scroll bar lands on the scroller itself, beside its content. */
  function onPointerDown(event: PointerEvent): void {
    if (event.target === scroller.value && event.offsetX > (scroller.value?.clientWidth ?? 0)) release()
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
    },
    { immediate: true, flush: 'post' },
  )

  function detach(element: HTMLElement): void {
    element.removeEventListener('scroll', onScroll)
    element.removeEventListener('wheel', onWheel)
    element.removeEventListener('touchstart', onTouchStart)
    element.removeEventListener('touchmove', onTouchMove)
    element.removeEventListener('pointerdown', onPointerDown)
  }

  onScopeDispose(() => {
    sizes?.disconnect()
    if (scroller.value) detach(scroller.value)
    document.removeEventListener('selectionchange', onSelection)
    document.removeEventListener('keydown', onKey)
  })

  return { stuck: readonly(stuck), atEnd: readonly(atEnd), toEnd, release }
}
