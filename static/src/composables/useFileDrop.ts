import { onScopeDispose, ref } from 'vue'

/** Files dropped anywhere on the window. */
export function useFileDrop(take: (files: File[]) => void) {
  const dragging = ref(false)
  let depth = 0

  function carriesFiles(event: DragEvent): boolean {
    return event.dataTransfer?.types.includes('Files') ?? false
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

  window.addEventListener('dragenter', enter)
  window.addEventListener('dragleave', leave)
  window.addEventListener('dragover', over)
  window.addEventListener('drop', drop)
  onScopeDispose(() => {
    window.removeEventListener('dragenter', enter)
    window.removeEventListener('dragleave', leave)
    window.removeEventListener('dragover', over)
    window.removeEventListener('drop', drop)
  })

  return { dragging }
}
