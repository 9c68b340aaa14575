import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import { type Level, levelOf, type Limit, reachedLimit, type Scope } from '@/domain/estimate'

import { useChat } from './chat'
import { useConnection } from './connection'

/** What may still be spent: by this person today and this month, and in the open conversation. */
export const useBudgets = defineStore('budgets', () => {
  const connection = useConnection()
  const chat = useChat()
  const limits = ref<Limit[]>([])
  /** A warning that was read; it comes back when the page is loaded again. */
  const dismissed = ref<Scope | null>(null)
  const limit = computed(() => reachedLimit(limits.value))
  const level = computed<Level>(() => (limit.value ? levelOf(limit.value) : 'ok'))

  async function load(): Promise<void> {
    try {
      limits.value = (
        await connection.http.call('GET /api/models/budget', {
          query: { conversation: chat.id ?? undefined, folder: chat.state.settings.folder ?? undefined },
        })
      ).limits as Limit[]
    } catch {
      // Sending says so where a limit is reached.
    }
  }

  /** Asked anew where another conversation is opened, and when the last of its answers has ended. */
  function start(): void {
    connection.onReady(() => void load())
    watch([() => chat.id, () => chat.streaming], ([, streaming]) => {
      if (!streaming) void load()
    })
  }

  return { limits, dismissed, limit, level, load, start }
})
