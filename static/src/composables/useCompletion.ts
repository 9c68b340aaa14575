import { type Component, computed, nextTick, type Ref, ref, watch } from 'vue'

import { type Marked, markedWord } from '@/domain/marks'
import { nextVariable } from '@/domain/variables'

import { useActiveOption } from './useActiveOption'

/** One line of the list. What was typed goes; `insert` comes in its place. */
export interface Completion {
  key: string
  label: string
  about?: string
  icon?: Component
  /** As a persona's: an emoji, a `data:` URL, or empty for its first letter. */
  picture?: string
  insert?: string
  onChosen?(): void
}

/**
 * `mark` opens the list at the beginning of a word; `begin` is called then, to bring what it lists up to date. The first
 * time nothing is listed before it has ended.
 */
export interface CompletionSource {
  mark: string
  label: string
  begin?(): Promise<void>
  /** `at`: where in the text its mark stands. */
  find(query: string, at: number): Completion[]
}

/** A list over a text box while a marked word is typed. The keys stay with the text box. */
export function useCompletion(
  box: Readonly<Ref<HTMLTextAreaElement | null>>,
  text: Ref<string>,
  sources: readonly CompletionSource[],
) {
  const typed = ref<Marked | null>(null)
  const begun = ref(new Set<string>())
  let dismissed = -1

  const marks = sources.map((source) => source.mark).join('')
  const source = computed(() => sources.find((one) => one.mark === typed.value?.mark))
  const items = computed<Completion[]>(() => {
    const from = source.value
    if (!typed.value || !from || (from.begin && !begun.value.has(from.mark))) return []
    return from.find(typed.value.query, typed.value.at)
  })
  const { active: activeKey, activeOption, activateFirst } = useActiveOption(items)
  /** Its place in the list. */
  const active = computed({
    get: () => items.value.findIndex(({ key }) => key === activeOption.value?.key),
    set: (at) => (activeKey.value = items.value[at]?.key ?? ''),
  })
  const open = computed(() => items.value.length > 0)
  const label = computed(() => source.value?.label ?? '')

  function look(): void {
    const area = box.value
    const found = area && area === document.activeElement ? markedWord(text.value, area.selectionStart, marks) : null
    const isNew = found !== null && (typed.value?.at !== found.at || typed.value.mark !== found.mark)
    if (!found) dismissed = -1
    typed.value = found && found.at !== dismissed ? found : null
    activateFirst()
    if (isNew) void begin()
  }

  async function begin(): Promise<void> {
    const from = source.value
    await from?.begin?.()
    if (from) begun.value.add(from.mark)
  }

  function close(): void {
    dismissed = typed.value?.at ?? -1
    typed.value = null
  }

  /** True where the key was for the list. */
  function onKey(event: KeyboardEvent): boolean {
    if (!open.value) return false
    const count = items.value.length
    if (event.key === 'ArrowDown') active.value = (active.value + 1) % count
    else if (event.key === 'ArrowUp') active.value = (active.value - 1 + count) % count
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) insertItem(activeOption.value)
    else if (event.key === 'Escape') close()
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }

  function insertItem(item: Completion | undefined): void {
    const word = typed.value
    if (!item || !word) return
    const { insert = '' } = item
    text.value = text.value.slice(0, word.at) + insert + text.value.slice(word.at + 1 + word.query.length)
    typed.value = null
    box.value?.focus()
    const end = word.at + insert.length
    const blank = nextVariable(insert, { start: 0, end: 0 })
    const [from, to] = blank ? [word.at + blank.start, word.at + blank.end] : [end, end]
    void nextTick(() => box.value?.setSelectionRange(from, to))
    item.onChosen?.()
  }

  watch(text, () => void nextTick(look))

  return { items, open, active, label, look, close, onKey, insertItem }
}
