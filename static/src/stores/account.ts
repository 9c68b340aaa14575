import { defineStore } from 'pinia'
import { ref } from 'vue'

import { useConnection } from './connection'

/** A browser in which the person is logged in; `browser` and `system` are empty where they have no known name. */
export interface Session {
  id: number
  browser: string
  system: string
  address: string
  since: string
  last_seen: string
  /** Whether this page is of that session. */
  current: boolean
}

export interface Use {
  used: number
  /** How much there may be; null: no limit. */
  allowed: number | null
}

/** Bytes of attachments and documents; a number of temporary chats. */
export interface Storage {
  attachments: Use
  documents: Use
  temporary_chats: Use
}

/** Where a person is logged in, and their password. */
export const useAccount = defineStore('account', () => {
  const connection = useConnection()
  const sessions = ref<Session[] | null>(null)
  const storage = ref<Storage | null>(null)

  async function load(): Promise<void> {
    sessions.value = (await connection.http.call('GET /api/account/sessions')).sessions
  }

  async function loadStorage(): Promise<void> {
    storage.value = await connection.http.call('GET /api/account/storage')
  }

  async function end(id: number): Promise<void> {
    await connection.http.call('DELETE /api/account/sessions/{number}', { path: { number: id } })
    await load()
  }

  async function endOthers(): Promise<void> {
    await connection.http.call('DELETE /api/account/sessions')
    await load()
  }

  async function changePassword(old: string, changed: string): Promise<void> {
    await connection.http.call('POST /api/account/password', { body: { old, new: changed } })
    await load()
  }

  return { sessions, storage, load, loadStorage, end, endOthers, changePassword }
})
