import { useEventListener } from '@vueuse/core'
import { onScopeDispose, ref } from 'vue'

/** Whoever came last, such as a dialog over the page, takes what is dropped. */
const takers: symbol[] = []

/**
 * Files dropped anywhere on the window. VueUse's `useDropZone` would forbid there every drag that carries none,
 * as that of a row of the list into a folder.
 */
export function useFileDrop(take: (files: File[]) => void) {
  const self = Symbol('taker')
  const dragging = ref(false)
  let depth = 0

  function carriesFiles(event: DragEvent): boolean {
    return takers.at(-1) === self && (event.dataTransfer?.types.includes('Files') ?? false)
  }

  function enter(event: DragEvent): void {
    if (!carriesFiles(event)) return
    depth += 1
    dragging.value = true
  }

  function leave(event: DragEvent): void {
    if (!carriesFiles(event)) return
    depth = Math.max(0, depth - 1)
    dragging.value = depth > 0
  }

  function over(event: DragEvent): void {
    if (carriesFiles(event)) event.preventDefault()
  }

  function drop(event: DragEvent): void {
    depth = 0
    dragging.value = false
    if (!carriesFiles(event)) return
    event.preventDefault()
    take([...(event.dataTransfer?.files ?? [])])
  }

  takers.push(self)
  onScopeDispose(() => takers.splice(takers.indexOf(self), 1))
  useEventListener(window, 'dragenter', enter)
  useEventListener(window, 'dragleave', leave)
  useEventListener(window, 'dragover', over)
  useEventListener(window, 'drop', drop)

  return { dragging }
}
