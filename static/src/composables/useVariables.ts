import { computed, type Ref } from 'vue'

import { namesOf, nextVariable } from '@/domain/variables'

/** Tab goes from one `{{variable}}` of a text box to the next, and on from the last as everywhere. */
export function useVariables(box: Readonly<Ref<HTMLTextAreaElement | null>>, text: Readonly<Ref<string>>) {
  const present = computed(() => namesOf(text.value).length > 0)

  /** True where there was one to go to. */
  function go(backwards: boolean): boolean {
    const area = box.value
    const next = area && nextVariable(text.value, { start: area.selectionStart, end: area.selectionEnd }, backwards)
    if (next) area.setSelectionRange(next.start, next.end)
    return Boolean(next)
  }

  function onKey(event: KeyboardEvent): boolean {
    if (event.key !== 'Tab' || event.ctrlKey || event.altKey || event.metaKey || !go(event.shiftKey)) return false
    event.preventDefault()
    return true
  }

  return { present, onKey }
}
