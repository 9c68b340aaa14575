import { computed, type Ref } from 'vue'

import { filledAlike, type Filling, fillingOf, isWithin, namesOf, nextVariable, type Span } from '@/domain/variables'

/**
 * Tab goes from one `{{variable}}` of a text box to the next, and on from the last as everywhere. What one is
 * filled in with, the others of its name are too, once it is left.
 */
export function useVariables(box: Readonly<Ref<HTMLTextAreaElement | null>>, text: Ref<string>) {
  const present = computed(() => namesOf(text.value).length > 0)
  let filling: Filling | null = null

  function selection(area: HTMLTextAreaElement): Span {
    return { start: area.selectionStart, end: area.selectionEnd }
  }

  /** Notes which blank is filled in, before what is typed changes it. */
  function onBeforeInput(): void {
    const area = box.value
    if (!area) return
    if (filling && !isWithin(text.value, filling, selection(area))) fillInOthers()
    filling ??= fillingOf(text.value, selection(area))
  }

  /** Fills in the others of the name of the one that was just filled in. */
  function fillInOthers(): void {
    const area = box.value
    const filled = filling && filledAlike(text.value, filling)
    filling = null
    if (!area || !filled) return
    const { start, end } = selection(area)
    text.value = area.value = filled.text
    area.setSelectionRange(start + filled.moved, end + filled.moved)
  }

  /** True where there was one to go to. */
  function go(backwards: boolean): boolean {
    fillInOthers()
    const area = box.value
    const next = area && nextVariable(text.value, selection(area), backwards)
    if (next) area.setSelectionRange(next.start, next.end)
    return Boolean(next)
  }

  function onKey(event: KeyboardEvent): boolean {
    if (event.key !== 'Tab' || event.ctrlKey || event.altKey || event.metaKey || !go(event.shiftKey)) return false
    event.preventDefault()
    return true
  }

  return { present, onKey, onBeforeInput, fillInOthers }
}
