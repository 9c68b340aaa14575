import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { useChat } from './chat'
import { useConnection } from './connection'

/** In one line. What is not `on` is kept, and told nobody. */
export interface Remembered {
  id: number
  text: string
  on: boolean
}

export interface Texts {
  about: string
  style: string
}

export interface Memory extends Texts {
  remembered: Remembered[]
  /** How many of the oldest lines are too many to be sent. */
  left_out: number
  /** What is sent to models, to the letter. */
  sent: string
  tokens: number
}

/** What a person tells every model about themselves, and whether the conversation on the page makes use of it. */
export const useMemory = defineStore('memory', () => {
  const connection = useConnection()
  const chat = useChat()
  const memory = ref<Memory | null>(null)
  /** What the dialog offers to remember. */
  const offered = ref('')
  const beginsWith = ref<boolean | null>(null)

  const on = computed(() =>
    chat.id === null ? (beginsWith.value ?? !chat.wantsTemporary) : chat.state.settings.memory,
  )
  /** Sent with the next question of this conversation. */
  const tokens = computed(() => (on.value && !chat.dialogue ? (memory.value?.tokens ?? 0) : 0))

  async function set(to: boolean): Promise<void> {
    if (chat.id === null) beginsWith.value = to
    else await chat.command((conversation) => ({ type: 'settings', conversation, memory: to }))
  }

  /** The next new conversation begins as usual. */
  function resetChoice(): void {
    beginsWith.value = null
  }

  async function load(): Promise<void> {
    memory.value = await connection.http.call('GET /api/memory')
  }

  async function write(texts: Texts): Promise<void> {
    memory.value = await connection.http.call('PUT /api/memory', { body: texts })
  }

  async function remember(text: string, isOn = true): Promise<void> {
    await connection.http.call('POST /api/memory/remembered', { body: { text, on: isOn } })
    await load()
  }

  async function change(id: number, to: Partial<Omit<Remembered, 'id'>>): Promise<void> {
    await connection.http.call('PATCH /api/memory/remembered/{line}', { path: { line: id }, body: to })
    await load()
  }

  async function remove(id: number): Promise<void> {
    await connection.http.call('DELETE /api/memory/remembered/{line}', { path: { line: id } })
    await load()
  }

  async function deleteAll(): Promise<void> {
    await connection.http.call('DELETE /api/memory')
    await load()
  }

  return { memory, offered, on, tokens, set, resetChoice, load, write, remember, change, remove, deleteAll }
})
