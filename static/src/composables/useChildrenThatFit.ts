import { useResizeObserver } from '@vueuse/core'
import { type Ref, ref, type ShallowRef, watch } from 'vue'

type Element = Readonly<ShallowRef<HTMLElement | null>>

/**
 * How many of a row's children have room beside each other in `room` when each is as narrow as it may become
 * (`min-inline-size`), and what the row then leaves of it, in px.
 */
export function useChildrenThatFit(
  room: Element,
  row: Element,
  children: () => readonly unknown[],
): { count: Readonly<Ref<number>>; left: Readonly<Ref<number>> } {
  const count = ref(children().length)
  const left = ref(0)

  function measure(): void {
    const first = row.value?.firstElementChild
    if (!room.value || !row.value || !first) return
    const space = room.value.clientWidth
    const gap = Number.parseFloat(getComputedStyle(row.value).columnGap) || 0
    const narrowest = Number.parseFloat(getComputedStyle(first).minInlineSize) || 1
    count.value = Math.floor((space + gap) / (narrowest + gap))
    left.value = Math.max(0, space - row.value.offsetWidth)
  }

  useResizeObserver(() => [room.value, row.value].filter((element) => element !== null), measure)
  watch(children, measure, { flush: 'post' })
  return { count, left }
}
