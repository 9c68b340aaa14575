import { computed, nextTick, type Ref, ref, watch } from 'vue'

import { type DocumentRow, matching, type Typed, typedMark } from '@/domain/documents'
import type { AskedDocument } from '@/protocol/types.gen'
import { useChat } from '@/stores/chat'
import { useDocuments } from '@/stores/documents'
import { useRag } from '@/stores/rag'

import { useFailure } from './useFailure'
import { useLocation } from './useLocation'

export type MarkEntry =
  | { kind: 'document'; document: DocumentRow }
  /** All that the conversation may ask: the switch, from the keyboard. */
  | { kind: 'all'; count: number }
  | { kind: 'manage' }

const MOST_SHOWN = 8

/** A `#` typed into the message offers documents: the chosen ones are asked, and the mark goes. */
export function useDocumentMarks(
  box: Readonly<Ref<HTMLTextAreaElement | null>>,
  text: Ref<string>,
  chosen: Ref<AskedDocument[]>,
) {
  const chat = useChat()
  const documents = useDocuments()
  const rag = useRag()
  const location = useLocation()
  const { attempt } = useFailure()
  const typed = ref<Typed | null>(null)
  const known = ref<DocumentRow[]>([])
  const active = ref(0)
  let dismissed = -1

  const entries = computed<MarkEntry[]>(() => {
    if (!typed.value || chat.state.settings.dialogue) return []
    const { query } = typed.value
    const asked = new Set(chosen.value.map((document) => document.id))
    const found = matching(known.value, query).filter((document) => !asked.has(document.id))
    const rows = found.slice(0, MOST_SHOWN).map((document): MarkEntry => ({ kind: 'document', document }))
    if (query) return rows
    const all: MarkEntry[] = found.length > 1 && !rag.on ? [{ kind: 'all', count: known.value.length }] : []
    return [...rows, ...all, { kind: 'manage' }]
  })
  const open = computed(() => entries.value.length > 0)

  async function load(): Promise<void> {
    const collections = chat.id === null ? [''] : [chat.id, '']
    const lists = await Promise.all(collections.map((one) => documents.list(one).catch(() => [])))
    known.value = lists.flat()
  }

  function look(): void {
    const area = box.value
    const found = area && area === document.activeElement ? typedMark(text.value, area.selectionStart) : null
    if (found && !typed.value) void load()
    if (!found) dismissed = -1
    typed.value = found && found.at !== dismissed ? found : null
    active.value = 0
  }

  function close(): void {
    dismissed = typed.value?.at ?? -1
    typed.value = null
  }

  /** True where the key was for the menu. */
  function onKey(event: KeyboardEvent): boolean {
    if (!open.value) return false
    const count = entries.value.length
    if (event.key === 'ArrowDown') active.value = (active.value + 1) % count
    else if (event.key === 'ArrowUp') active.value = (active.value - 1 + count) % count
    else if (event.key === 'Enter' || event.key === 'Tab') take(entries.value[active.value])
    else if (event.key === 'Escape') close()
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }

  function take(entry: MarkEntry | undefined): void {
    const mark = typed.value
    if (!entry || !mark) return
    const area = box.value
    text.value = text.value.slice(0, mark.at) + text.value.slice(mark.at + 1 + mark.query.length)
    typed.value = null
    if (entry.kind === 'document') chosen.value = [...chosen.value, { id: entry.document.id, name: entry.document.name }]
    else if (entry.kind === 'all') void attempt(() => rag.set(true))
    else return location.goToDocuments(chat.id ?? '')
    area?.focus()
    void nextTick(() => area?.setSelectionRange(mark.at, mark.at))
  }

  watch(text, () => void nextTick(look))

  return { entries, open, active, look, close, onKey, take }
}
