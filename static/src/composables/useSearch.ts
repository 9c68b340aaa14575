import { useTimeoutFn } from '@vueuse/core'
import { computed, ref, watch } from 'vue'

import { FILTERS, filterOf, type FilterName, type Filters, queryOf, readTyped } from '@/domain/searching'
import type { Rest } from '@/protocol/rest.gen'
import type { ChatRow } from '@/stores/chats'
import { useConnection } from '@/stores/connection'

import { useFilterValues } from './useFilterValues'

/** As GET /api/conversations/search gives it; of a conversation that is merely listed, only the row. */
export interface Hit {
  conversation: ChatRow
  /** Null: the title, or the conversation as such. */
  message: string | null
  role: string
  at: string
  snippet: string
  marks: [number, number][]
}

type Wanted = NonNullable<Rest['GET /api/conversations']['query']>

const DELAY_MS = 120
const MOST = 30
const RECENT = 8

/** What is typed, the filters among it, and what the server finds for both; at first, for the filters `given`. */
export function useSearch(given: Filters) {
  const connection = useConnection()
  const values = useFilterValues()
  const text = ref('')
  const filters = ref<Filters>(values.withExactNames(given))
  const hits = ref<Hit[]>([])
  const searching = ref(false)
  const failed = ref(false)
  let asked = 0

  const typed = computed(() => readTyped(text.value))
  const words = computed(() => typed.value.words.trim().replaceAll(/\s+/g, ' '))
  /** With the one that is still being typed, where it means something already. */
  const effective = computed<Filters>(() => {
    const { open } = typed.value
    return values.withExactNames({ ...filters.value, ...(open && filterOf(open.name, open.value)) })
  })
  const narrowed = computed(() => Object.keys(effective.value).length > 0)

  async function search(): Promise<void> {
    asked += 1
    const mine = asked
    searching.value = true
    try {
      const found = await ask()
      if (mine !== asked) return
      hits.value = found
      failed.value = false
    } catch {
      if (mine !== asked) return
      hits.value = []
      failed.value = true
    }
    searching.value = false
  }

  async function ask(): Promise<Hit[]> {
    const wanted = { ...queryOf(effective.value), limit: words.value || narrowed.value ? MOST : RECENT }
    if (!words.value) {
      const found = narrowed.value ? await listAll(wanted) : await list(wanted)
      return found.map(listed)
    }
    return (await connection.http.call('GET /api/conversations/search', { query: { ...wanted, q: words.value } })).hits
  }

  /** What is looked for by a filter may be archived, as what is looked for by words. */
  async function listAll(wanted: Wanted): Promise<ChatRow[]> {
    const pages = await Promise.all([list(wanted), list({ ...wanted, archived: true })])
    return pages
      .flat()
      .toSorted((one, other) => other.updated.localeCompare(one.updated))
      .slice(0, MOST)
  }

  async function list(wanted: Wanted): Promise<ChatRow[]> {
    return (await connection.http.call('GET /api/conversations', { query: wanted })).conversations
  }

  function narrow(given: Filters): void {
    filters.value = values.withExactNames({ ...filters.value, ...given })
  }

  function widen(name: FilterName): void {
    filters.value = Object.fromEntries(Object.entries(filters.value).filter(([other]) => other !== name))
  }

  function widenLast(): void {
    const last = FILTERS.findLast((name) => filters.value[name] !== undefined)
    if (last) widen(last)
  }

  /** A filter that a space ended leaves the text. */
  watch(typed, ({ words: rest, filters: done }) => {
    if (Object.keys(done).length === 0) return
    narrow(done)
    text.value = rest
  })
  const later = useTimeoutFn(
    () => void search(),
    () => (words.value || narrowed.value ? DELAY_MS : 0),
    { immediate: false },
  )
  watch([words, effective], () => later.start())
  void search()

  return { text, filters, typed, words, hits, searching, failed, search, narrow, widen, widenLast }
}

function listed(conversation: ChatRow): Hit {
  return { conversation, message: null, role: '', at: conversation.updated, snippet: conversation.title, marks: [] }
}
