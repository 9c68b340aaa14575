import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import type { Lane } from '@/protocol/types.gen'

import { useChat } from './chat'
import { useChats } from './chats'
import { useConnection } from './connection'

export type Period = 'day' | 'month' | 'total'

/** A folder and what it carries for the conversations in it. Null: new ones begin as any other. */
export interface Project {
  readonly name: string
  readonly conversations: number
  readonly project: boolean
  readonly instructions: string
  readonly documents: readonly { id: number; name: string }[]
  readonly lanes: Lane[] | null
  readonly tools: boolean | string[] | null
  readonly web: boolean | null
  readonly budget: { usd: number; period: Period; spent: number } | null
}

export interface ProjectChange {
  instructions: string
  documents: number[]
  lanes: Lane[] | null
  tools: boolean | string[] | null
  web: boolean | null
  budget: { usd: number; period: Period } | null
}

export const useProjects = defineStore('projects', () => {
  const connection = useConnection()
  const chat = useChat()
  const chats = useChats()
  const found = ref<Project | null>(null)
  const folder = computed(() => (chat.id === null ? null : chat.state.settings.folder))
  /** Of the folder in which the open conversation lies, where that carries something. */
  const current = computed(() => (found.value?.project && found.value.name === folder.value ? found.value : null))

  async function read(name: string): Promise<Project> {
    const folder = await connection.http.call('GET /api/folders/{name}', { path: { name } })
    // As conversations keep them, which the server's document does not say.
    return { ...folder, lanes: folder.lanes as Lane[] | null }
  }

  async function load(): Promise<void> {
    const name = folder.value
    try {
      const isPlain = chats.folders.some((known) => known.name === name && !known.project)
      const project = name === null || isPlain ? null : await read(name)
      if (name === folder.value) found.value = project
    } catch {
      // What is known stays; sending says so where a budget is used up.
    }
  }

  /** With a `name` it becomes called so, with all that is in it. */
  async function change(name: string, to: Partial<ProjectChange> & { name?: string }): Promise<void> {
    await connection.http.call('PATCH /api/folders/{name}', { path: { name }, body: to })
    await chats.load()
    await load()
  }

  async function remove(name: string): Promise<void> {
    await connection.http.call('DELETE /api/folders/{name}', { path: { name } })
    await chats.load()
  }

  /** An empty conversation that begins with what the folder carries. */
  async function begin(name: string): Promise<string> {
    const made = await connection.http.call('POST /api/conversations', { body: { folder: name } })
    return made.id
  }

  /** Asked, unless the list of folders knows that there is nothing, anew where the conversation is another, or lies elsewhere, and when the last of its answers has ended. */
  function start(): void {
    watch([folder, () => chat.streaming], ([, streaming]) => streaming || void load(), { immediate: true })
  }

  return { current, read, change, remove, begin, start, load }
})
