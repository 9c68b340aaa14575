import {
  computed,
  type ComputedRef,
  inject,
  type InjectionKey,
  onScopeDispose,
  provide,
  type Ref,
  ref,
  type ShallowRef,
  watch,
} from 'vue'

import { arrange, type Arrangement } from '@/domain/arrangement'
import { usePreferences } from '@/stores/preferences'

import { usePrinting } from './usePrinting'

const WIDTH: InjectionKey<Readonly<Ref<number>>> = Symbol('the width that the answers of a turn may fill, in rem')

/** Measures for all turns at once: `ruler` is as wide as what each of them may fill. */
export function provideWidth(ruler: Readonly<ShallowRef<HTMLElement | null>>): void {
  const width = ref(inRem(window.innerWidth))
  const sizes =
    typeof ResizeObserver === 'undefined'
      ? null
      : new ResizeObserver(([entry]) => {
          if (entry) width.value = inRem(entry.contentRect.width)
        })
  watch(ruler, (element) => {
    sizes?.disconnect()
    if (element) sizes?.observe(element)
  })
  onScopeDispose(() => sizes?.disconnect())
  provide(WIDTH, width)
}

/** How so many answers stand beside each other: the one place that decides it. */
export function useArrangement(count: () => number): ComputedRef<Arrangement> {
  const preferences = usePreferences()
  const { printing } = usePrinting()
  const width = inject(WIDTH, () => ref(inRem(window.innerWidth)), true)
  return computed(() => {
    // Tabs would keep answers from the paper.
    if (printing.value) return { kind: count() > 1 ? 'stack' : 'single', columns: 1, strip: false }
    return arrange(preferences.layout, count(), width.value)
  })
}

export function inRem(pixels: number): number {
  return pixels / (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16)
}
