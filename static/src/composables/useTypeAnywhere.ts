import { onScopeDispose } from 'vue'

const ELSEWHERE = 'input, textarea, select, [contenteditable], [role="dialog"], [role="menu"], [role="listbox"]'

/** A letter typed anywhere on the page belongs to the message. */
export function useTypeAnywhere(focus: () => void): void {
  function onKey(event: KeyboardEvent): void {
    if (event.target instanceof HTMLElement && event.target.closest(ELSEWHERE)) return
    if (event.key.length !== 1 || event.key === ' ' || event.ctrlKey || event.metaKey || event.altKey) return
    focus()
  }

  document.addEventListener('keydown', onKey)
  onScopeDispose(() => document.removeEventListener('keydown', onKey))
}
