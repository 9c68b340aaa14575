import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { useChat } from './chat'

/** Whether the conversation on the page is answered from documents; a new one begins without. */
export const useRag = defineStore('rag', () => {
  const chat = useChat()
  const beginsWith = ref(false)

  const on = computed(() => (chat.id === null ? beginsWith.value : chat.state.settings.rag))

  async function set(to: boolean): Promise<void> {
    if (chat.id === null) beginsWith.value = to
    else await chat.command((conversation) => ({ type: 'settings', conversation, rag: to }))
  }

  function forget(): void {
    beginsWith.value = false
  }

  return { on, set, forget }
})
