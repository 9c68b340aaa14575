import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import type { Activity } from '@/protocol/types.gen'

import { useConnection } from './connection'
import { keptRef } from './kept'

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
  snippet?: string
}

interface Page {
  conversations: ChatRow[]
  next: string | null
}

export type RowChange = Partial<Pick<ChatRow, 'title' | 'pinned' | 'archived' | 'folder' | 'tags'>>

const PAGE_SIZE = 40

/** The list of past conversations: pages of it, kept fresh by `activity` events. */
export const useChats = defineStore('chats', () => {
  const connection = useConnection()
  const rows = ref<ChatRow[]>([])
  const next = ref<string | null>(null)
  const query = ref('')
  const archived = ref(false)
  const loading = ref(false)
  const failed = ref(false)
  const loadedOnce = ref(false)
  const unread = keptRef<string[]>('unread', [])
  const current = ref<string | null>(null)
  let asked = 0

  const unreadIds = computed(() => new Set(unread.value))
  const answeringCount = computed(() => rows.value.filter((row) => row.answering > 0).length)

  async function load(more = false): Promise<void> {
    if (more && (next.value === null || loading.value)) return
    asked += 1
    const mine = asked
    loading.value = true
    try {
      const page = await connection.http.get<Page>(`/api/conversations?${parameters(more)}`)
      if (mine !== asked) return
      const known = more ? rows.value : []
      const ids = new Set(known.map((row) => row.id))
      rows.value = [...known, ...page.conversations.filter((row) => !ids.has(row.id))]
      next.value = page.next
      failed.value = false
      loadedOnce.value = true
    } catch {
      if (mine === asked) failed.value = true
    } finally {
      if (mine === asked) loading.value = false
    }
  }

  function parameters(more: boolean): string {
    const wanted = new URLSearchParams({ limit: String(PAGE_SIZE) })
    if (more && next.value) wanted.set('cursor', next.value)
    if (query.value.trim()) wanted.set('q', query.value.trim())
    if (archived.value) wanted.set('archived', 'true')
    return wanted.toString()
  }

  async function search(text: string): Promise<void> {
    query.value = text
    await load()
  }

  async function change(id: string, change: RowChange): Promise<void> {
    const before = rows.value.find((row) => row.id === id)
    replace(id, change)
    try {
      replace(id, await connection.http.patch<ChatRow>(`/api/conversations/${id}`, change))
      if ('archived' in change) rows.value = rows.value.filter((row) => row.archived === archived.value)
    } catch (failure) {
      if (before) replace(id, before)
      throw failure
    }
  }

  function replace(id: string, change: Partial<ChatRow>): void {
    rows.value = rows.value.map((row) => (row.id === id ? { ...row, ...change } : row))
  }

  /** The row goes at once and comes back where it stood if the server would not. */
  async function remove(id: string): Promise<void> {
    const before = rows.value
    rows.value = before.filter((row) => row.id !== id)
    try {
      await connection.http.delete(`/api/conversations/${id}`)
    } catch (failure) {
      rows.value = before
      throw failure
    }
  }

  async function restore(id: string): Promise<void> {
    put(await connection.http.post<ChatRow>(`/api/conversations/${id}/restore`))
  }

  async function fetchRow(id: string): Promise<void> {
    try {
      put(await connection.http.get<ChatRow>(`/api/conversations/${id}`))
    } catch {
      // Deleted meanwhile, or the server is away: the next load of the list says how it is.
    }
  }

  function put(row: ChatRow): void {
    rows.value = byNewest([row, ...rows.value.filter((other) => other.id !== row.id)])
  }

  function apply(event: Activity): void {
    if (event.removed) {
      rows.value = rows.value.filter((row) => row.id !== event.conversation)
      return
    }
    const row = rows.value.find((known) => known.id === event.conversation)
    if (!row) {
      if (!query.value && !archived.value) void fetchRow(event.conversation)
      return
    }
    if (row.answering > 0 && event.answering === 0 && !isRead(row.id)) unread.value = [...unread.value, row.id]
    const { title = row.title, updated = row.updated, answering = row.answering } = event
    replace(row.id, { title, updated, answering })
    if (updated !== row.updated) rows.value = byNewest(rows.value)
  }

  function isRead(id: string): boolean {
    return unreadIds.value.has(id) || (id === current.value && document.visibilityState === 'visible')
  }

  function show(id: string | null): void {
    current.value = id
    if (id !== null && unreadIds.value.has(id)) unread.value = unread.value.filter((other) => other !== id)
  }

  function start(): void {
    connection.onEvent((event) => {
      if (event.type === 'activity') apply(event)
    })
    connection.onReady(() => {
      void load()
      void connection.request({ type: 'watch' }).catch(() => {})
    })
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') show(current.value)
    })
  }

  return {
    rows,
    next,
    query,
    archived,
    loading,
    failed,
    loadedOnce,
    unreadIds,
    answeringCount,
    current,
    load,
    search,
    change,
    remove,
    restore,
    put,
    show,
    start,
  }
})

function byNewest(rows: ChatRow[]): ChatRow[] {
  return [...rows].sort(
    (one, other) => Number(other.pinned) - Number(one.pinned) || other.updated.localeCompare(one.updated),
  )
}
