import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { useChat } from './chat'
import { useConnection } from './connection'

/** Whether the conversation on the page is answered from documents; a new one begins without. */
export const useRag = defineStore('rag', () => {
  const chat = useChat()
  const connection = useConnection()
  const beginsWith = ref(false)

  const on = computed(() => (chat.id === null ? beginsWith.value : chat.state.settings.rag))

  async function set(to: boolean): Promise<void> {
    if (chat.id !== null) {
      await chat.command((conversation) => ({ type: 'settings', conversation, rag: to }))
      return
    }
    beginsWith.value = to
    // Where there is a conversation, the server does so by itself.
    if (to) void connection.http.call('POST /api/documents/warm', { body: {} }).catch(() => {})
  }

  function resetChoice(): void {
    beginsWith.value = false
  }

  return { on, set, resetChoice }
})
