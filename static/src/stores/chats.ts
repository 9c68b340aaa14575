import { defineStore } from 'pinia'
import { computed, ref, shallowReactive } from 'vue'

import { type Change, applyChange } from '@/domain/organising'
import type { Rest } from '@/protocol/rest.gen'
import type { Activity } from '@/protocol/types.gen'

import { type ChatList, type ChatRow, makeChatList, type Page } from './chat-list'
import { useConnection } from './connection'
import { syncedRef } from './synced'

export type { ChatRow } from './chat-list'

export interface Label {
  name: string
  count: number
  /** Of a folder: it carries more than conversations. */
  project?: boolean | null
}

export interface Outcome {
  done: string[]
  failed: { [id: string]: string }
}

export type View = 'current' | 'archived' | 'trash'

type Wanted = NonNullable<Rest['GET /api/conversations']['query']>

const PAGE_SIZE = 40
/** The server takes no more at once. */
const BULK_SIZE = 500
const LABELS_DELAY_MS = 300
const FETCH_DELAY_MS = 50
const FETCHED_ONE_BY_ONE = 10

/** A row as it stands after what happened to it. */
function updated(
  row: ChatRow,
  { type: _type, conversation: _id, removed: _removed, answered = [], ...fields }: Activity,
): ChatRow {
  return { ...row, ...fields, models: [...new Set([...row.models, ...answered])] }
}

/** After all that happened; null where it is no more. */
function after(row: ChatRow, events: readonly Activity[]): ChatRow | null {
  let now: ChatRow | null = row
  for (const event of events) {
    if (event.conversation === row.id) now = event.removed ? null : updated(now ?? row, event)
  }
  return now
}

/** The lists of past conversations, kept fresh by `activity` events: the one in view, and one for each open folder. */
export const useChats = defineStore('chats', () => {
  const connection = useConnection()
  const view = ref<View>('current')
  const query = ref('')
  const tag = ref<string | null>(null)
  const folders = ref<Label[]>([])
  const tags = ref<Label[]>([])
  const openFolders = syncedRef<string[]>('folders', [])
  const folderLists = shallowReactive(new Map<string, ChatList>())
  const unread = syncedRef<string[]>('unread', [])
  const current = ref<string | null>(null)
  /** Conversations that something happened to and that no list has. */
  const missing = new Set<string>()
  /** What happened while the server was asked, for each question: its answer may be older. */
  const meanwhile = new Set<Activity[]>()
  let fetchTimer: ReturnType<typeof setTimeout> | undefined
  let labelsTimer: ReturnType<typeof setTimeout> | undefined
  let labelsAsked = 0

  /** While something is looked for, folders step back: what is found stands in one list. */
  const filed = computed(() => view.value === 'current' && !query.value.trim() && tag.value === null)
  const main = makeChatList(
    (cursor) => {
      return ask(
        {
          q: query.value.trim() || undefined,
          tag: tag.value ?? undefined,
          archived: view.value === 'archived' || undefined,
          folder: filed.value ? '' : undefined,
        },
        cursor,
      )
    },
    (row, known) =>
      row.archived === (view.value === 'archived') &&
      (!filed.value || row.folder === null) &&
      (tag.value === null || row.tags.includes(tag.value)) &&
      (known || !query.value.trim()),
  )
  /** Conversations in which something waits for a person to allow it. */
  const waitingIds = computed(
    () =>
      new Set(lists().flatMap((list) => list.rows.value.filter((row) => (row.waiting ?? 0) > 0).map((row) => row.id))),
  )
  const unreadIds = computed(() => new Set(unread.value))

  function ask(wanted: Wanted, cursor: string | null): Promise<Page> {
    const query = { ...wanted, limit: PAGE_SIZE, cursor: cursor ?? undefined }
    return caughtUp<Page>(connection.http.call('GET /api/conversations', { query }), (page, events) => {
      const listed = new Set(page.conversations.map((row) => row.id))
      for (const event of events) if (!event.removed && !listed.has(event.conversation)) seek(event.conversation)
      return {
        ...page,
        conversations: page.conversations.map((row) => after(row, events)).filter((row) => row !== null),
      }
    })
  }

  async function caughtUp<Found>(
    asked: Promise<Found>,
    by: (found: Found, events: readonly Activity[]) => Found,
  ): Promise<Found> {
    const events: Activity[] = []
    meanwhile.add(events)
    try {
      return by(await asked, events)
    } finally {
      meanwhile.delete(events)
    }
  }

  function lists(): ChatList[] {
    return [main, ...folderLists.values()]
  }

  async function load(more = false): Promise<void> {
    if (view.value === 'trash') return
    if (more) return main.load(true)
    await Promise.all([...lists().map((list) => list.load()), loadLabels()])
  }

  async function loadLabels(): Promise<void> {
    clearTimeout(labelsTimer)
    labelsAsked += 1
    const mine = labelsAsked
    try {
      const found = await connection.http.call('GET /api/conversations/labels')
      if (mine !== labelsAsked) return
      folders.value = found.folders
      tags.value = found.tags
      for (const name of openFolders.value) openFolder(name)
    } catch {
      // The list itself says that the server is away.
    }
  }

  function labelsChanged(): void {
    clearTimeout(labelsTimer)
    labelsTimer = setTimeout(() => void loadLabels(), LABELS_DELAY_MS)
  }

  function openFolder(name: string): void {
    if (!openFolders.value.includes(name)) openFolders.value = [...openFolders.value, name]
    if (folderLists.has(name)) return
    const list = makeChatList(
      (cursor) => ask({ folder: name }, cursor),
      (row) => !row.archived && row.folder === name,
    )
    folderLists.set(name, list)
    void list.load()
  }

  function closeFolder(name: string): void {
    openFolders.value = openFolders.value.filter((other) => other !== name)
    folderLists.delete(name)
  }

  async function browse(at: { view?: View; query?: string; tag?: string | null }): Promise<void> {
    view.value = at.view ?? view.value
    query.value = at.query ?? query.value
    tag.value = at.tag === undefined ? tag.value : at.tag
    await (view.value === 'trash' ? undefined : load())
  }

  function find(id: string): ChatRow | undefined {
    for (const list of lists()) {
      const row = list.rows.value.find((known) => known.id === id)
      if (row) return row
    }
    return undefined
  }

  function put(row: ChatRow): void {
    for (const list of lists()) list.place(row)
  }

  function drop(id: string): void {
    for (const list of lists()) list.drop(id)
  }

  async function rename(id: string, title: string): Promise<void> {
    const before = find(id)
    if (before) put({ ...before, title })
    try {
      const patched = connection.http.call('PATCH /api/conversations/{conversation}', {
        path: { conversation: id },
        body: { title },
      })
      const row = await caughtUp<ChatRow | null>(patched, (found, events) => found && after(found, events))
      if (row) put(row)
    } catch (failure) {
      if (before && find(id)) put(before)
      throw failure
    }
  }

  /** Shown at once; what the server did not do stands as it was when this returns or throws. */
  async function change(rows: readonly ChatRow[], to: Change): Promise<Outcome> {
    for (const row of rows) put(applyChange(row, to))
    return bulk(rows, { action: 'change', change: to })
  }

  async function trash(rows: readonly ChatRow[]): Promise<Outcome> {
    for (const { id } of rows) {
      drop(id)
      for (const events of meanwhile) events.push({ type: 'activity', conversation: id, removed: true })
    }
    return bulk(rows, { action: 'trash' })
  }

  async function restore(ids: readonly string[]): Promise<Outcome> {
    const outcome = await post(ids, { action: 'restore' })
    if (outcome.done.length > FETCHED_ONE_BY_ONE) await load()
    else await Promise.all(outcome.done.map(fetchRow))
    labelsChanged()
    return outcome
  }

  async function bulk(rows: readonly ChatRow[], body: object): Promise<Outcome> {
    let outcome: Outcome = { done: [], failed: {} }
    try {
      outcome = await post(
        rows.map((row) => row.id),
        body,
      )
      return outcome
    } finally {
      const done = new Set(outcome.done)
      for (const row of rows) if (!done.has(row.id)) put(row)
      labelsChanged()
    }
  }

  async function post(ids: readonly string[], body: object): Promise<Outcome> {
    const all: Outcome = { done: [], failed: {} }
    for (let start = 0; start < ids.length; start += BULK_SIZE) {
      const some = ids.slice(start, start + BULK_SIZE)
      const outcome = await connection.http.call('POST /api/conversations/bulk', { body: { ids: some, ...body } })
      all.done.push(...outcome.done)
      Object.assign(all.failed, outcome.failed)
    }
    return all
  }

  /** All that is in a folder, whether it is loaded or not. `to` null: the folder is no more. */
  async function moveFolder(name: string, to: string | null): Promise<Outcome> {
    const outcome = await connection.http.call('POST /api/conversations/bulk', {
      body: { all_in: name, change: { folder: to } },
    })
    const carries = folders.value.some((folder) => folder.name === name && folder.project)
    // What it carries goes along; taken apart, it stays as a project without conversations.
    if (to !== null && carries)
      await connection.http.call('PATCH /api/folders/{name}', { path: { name }, body: { name: to } })
    const open = openFolders.value.includes(name)
    closeFolder(name)
    if (to !== null && open) openFolder(to)
    await load()
    return outcome
  }

  /** Of conversations that need not be loaded. */
  async function moveToFolder(ids: readonly string[], folder: string): Promise<Outcome> {
    const outcome = await post(ids, { change: { folder } })
    openFolder(folder)
    await load()
    return outcome
  }

  /** A row as the server has it, also of a conversation that no list shows. */
  function fetch(id: string): Promise<ChatRow> {
    const asked: Promise<ChatRow> = connection.http.call('GET /api/conversations/{conversation}', {
      path: { conversation: id },
    })
    return caughtUp(asked, (row, events) => after(row, events) ?? row)
  }

  async function fetchRow(id: string): Promise<void> {
    try {
      put(await fetch(id))
    } catch {
      // Deleted meanwhile, or the server is away: the next load of the list says how it is.
    }
  }

  function fetchMissing(): void {
    fetchTimer = undefined
    const ids = [...missing]
    missing.clear()
    if (ids.length > FETCHED_ONE_BY_ONE) void load()
    else for (const id of ids) void fetchRow(id)
  }

  function apply(event: Activity): void {
    for (const events of meanwhile) events.push(event)
    const { conversation, removed } = event
    if ('folder' in event || 'tags' in event || 'archived' in event || removed) labelsChanged()
    const row = find(conversation)
    if (removed) drop(conversation)
    else if (row) {
      noteUnread(row, event.answering)
      put(updated(row, event))
    } else seek(conversation)
  }

  /** Asks for a row that no list has, where one might. */
  function seek(id: string): void {
    if (view.value === 'trash' || query.value) return
    missing.add(id)
    fetchTimer ??= setTimeout(fetchMissing, FETCH_DELAY_MS)
  }

  function noteUnread(row: ChatRow, answering: number | undefined): void {
    if (row.answering > 0 && answering === 0 && !isRead(row.id)) unread.value = [...unread.value, row.id]
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
    connection.onReady(async () => {
      // In this order nothing can happen that is neither in the list nor told.
      await connection.request({ type: 'watch' }).catch(() => {})
      await load()
    })
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') show(current.value)
    })
  }

  return {
    view,
    query,
    tag,
    filed,
    folders,
    tags,
    openFolders,
    folderLists,
    rows: main.rows,
    next: main.next,
    loading: main.loading,
    failed: main.failed,
    loadedOnce: main.loadedOnce,
    unreadIds,
    waitingIds,
    current,
    load,
    browse,
    openFolder,
    closeFolder,
    moveFolder,
    moveToFolder,
    find,
    fetch,
    rename,
    change,
    trash,
    restore,
    show,
    start,
  }
})
