import { computed, ref } from 'vue'

/** A row of GET /api/conversations. */
export interface ChatRow {
  id: string
  title: string
  created: string
  updated: string
  models: string[]
  messages: number
  pinned: boolean
  folder: string | null
  tags: string[]
  archived: boolean
  answering: number
  /** Answers that wait for a person to allow a call. */
  waiting?: number
}

export interface Page {
  conversations: ChatRow[]
  next: string | null
}

export type ChatList = ReturnType<typeof makeChatList>

/**
 * Pages of one list of conversations, in the server's order. `belongs`: whether a row that changed is one of
 * them; it is given whether the row was.
 */
export function makeChatList(
  ask: (cursor: string | null) => Promise<Page>,
  belongs: (row: ChatRow, known: boolean) => boolean,
) {
  const rows = ref<ChatRow[]>([])
  const next = ref<string | null>(null)
  const loading = ref(false)
  const failed = ref(false)
  const loadedOnce = ref(false)
  let asked = 0

  const ids = computed(() => new Set(rows.value.map((row) => row.id)))

  async function load(more = false): Promise<void> {
    if (more && (next.value === null || loading.value)) return
    asked += 1
    const mine = asked
    loading.value = true
    try {
      const page = await ask(more ? next.value : null)
      if (mine !== asked) return
      const known = more ? rows.value : []
      rows.value = [...known, ...page.conversations.filter((row) => !more || !ids.value.has(row.id))]
      next.value = page.next
      failed.value = false
      loadedOnce.value = true
    } catch {
      if (mine === asked) failed.value = true
    } finally {
      if (mine === asked) loading.value = false
    }
  }

  /** Puts a row where it stands now; one that lies beyond what is loaded comes with its page. */
  function place(row: ChatRow): void {
    const known = ids.value.has(row.id)
    const rest = known ? rows.value.filter((other) => other.id !== row.id) : rows.value
    if (!belongs(row, known)) {
      if (known) rows.value = rest
      return
    }
    const sorted = [...rest, row].toSorted(byNewest)
    rows.value = next.value !== null && sorted.at(-1) === row ? rest : sorted
  }

  function drop(id: string): void {
    if (ids.value.has(id)) rows.value = rows.value.filter((row) => row.id !== id)
  }

  return { rows, next, loading, failed, loadedOnce, load, place, drop }
}

function byNewest(one: ChatRow, other: ChatRow): number {
  return (
    Number(other.pinned) - Number(one.pinned) ||
    other.updated.localeCompare(one.updated) ||
    other.id.localeCompare(one.id)
  )
}
