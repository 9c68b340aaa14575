import { defineStore } from 'pinia'
import { onScopeDispose, ref, watch } from 'vue'

/** Which message is being edited; ArrowUp in the empty composer asks for the last one. */
export const useEditing = defineStore('editing', () => {
  const message = ref<string | null>(null)
  const asked = ref<string | null>(null)
  const count = ref(0)

  function ask(id: string): void {
    asked.value = id
    count.value += 1
  }

  function onAsked(listener: () => void): void {
    onScopeDispose(watch(count, listener))
  }

  return { message, asked, ask, onAsked }
})
