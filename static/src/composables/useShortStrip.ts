import { useIntersectionObserver, useResizeObserver } from '@vueuse/core'
import { computed, type CSSProperties, ref, type ShallowRef } from 'vue'

import { shortStrip } from '@/domain/arrangement'

import { inRem } from './useArrangement'

/** Told at each of these shares of the list that are in sight: between two of them nothing is noticed. */
const SHARES = Array.from({ length: 41 }, (_, step) => step / 40)

/**
 * A list of names on several lines stands whole at the head of its turn. Further down it keeps to the window's top,
 * on as few lines as it can have: it takes little of the text's room, and each name and its state stay in sight.
 * The room that it has in the turn stays the same, so that nothing moves when it changes.
 */
export function useShortStrip(strip: Readonly<ShallowRef<HTMLElement | null>>, count: () => number) {
  const width = ref(0)
  /** Of all names, in rem; 0: not known. */
  const whole = ref(0)
  const gone = ref(false)

  const least = computed(() => shortStrip(count(), width.value))
  /** In rem: what stays of it at the window's top. */
  const kept = computed(() => Math.min(whole.value, least.value.height))
  const short = computed(() => gone.value && whole.value > kept.value)
  const place = computed<CSSProperties>(() => ({
    '--whole': `${whole.value}rem`,
    '--kept': `${kept.value}rem`,
    '--beside': least.value.columns,
  }))

  useResizeObserver(strip, ([entry]) => {
    if (!entry) return
    const now = inRem(entry.contentRect.width)
    const another = now !== width.value
    width.value = now
    if (!short.value) whole.value = inRem(entry.contentRect.height)
    // Other lines than before: they are looked at in the next frame, for a moment as a whole.
    else if (another) requestAnimationFrame(() => (whole.value = 0))
  })
  useIntersectionObserver(
    strip,
    (entries) => {
      const entry = entries.at(-1)
      if (!entry?.rootBounds) return
      const seen = entry.boundingClientRect.bottom - entry.rootBounds.top
      gone.value = entry.boundingClientRect.top < entry.rootBounds.top && inRem(seen) <= kept.value + 0.5
    },
    { root: () => strip.value?.closest<HTMLElement>('.scroller') ?? undefined, threshold: SHARES },
  )

  return { short, kept, place }
}
