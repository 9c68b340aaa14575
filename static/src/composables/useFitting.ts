import { useResizeObserver } from '@vueuse/core'
import { type Ref, ref, type ShallowRef, watch } from 'vue'

type Element = Readonly<ShallowRef<HTMLElement | null>>

/** How many of a row's children have room beside each other in `room`, each as wide as it is by itself; what is `left` of it, in px. */
export function useFitting(room: Element, row: Element, children: () => readonly unknown[]): { count: Readonly<Ref<number>>; left: Readonly<Ref<number>> } {
  const fitting = ref(children().length)
  const left = ref(0)

  function measure(): void {
    if (!room.value || !row.value) return
    const space = room.value.clientWidth
    const gap = Number.parseFloat(getComputedStyle(row.value).columnGap) || 0
    let [used, count] = [0, 0]
    for (const child of row.value.children) {
      const next = used + child.getBoundingClientRect().width + (count > 0 ? gap : 0)
      if (next > space + 0.5) break
      used = next
      count += 1
    }
    fitting.value = count
    left.value = Math.max(0, space - used)
  }

  useResizeObserver(() => [room.value, ...(row.value?.children ?? [])].filter((element) => element instanceof HTMLElement), measure)
  watch(children, measure, { flush: 'post' })
  return { count: fitting, left }
}
