import { defineStore } from 'pinia'
import { onScopeDispose, ref, watch } from 'vue'

/** Which message is being edited; ArrowUp in the empty composer asks for the last one. */
export const useEditing = defineStore('editing', () => {
  const message = ref<string | null>(null)
  const requested = ref<string | null>(null)
  const count = ref(0)

  function requestEdit(id: string): void {
    requested.value = id
    count.value += 1
  }

  function onEditRequest(listener: () => void): void {
    onScopeDispose(watch(count, listener))
  }

  return { message, requested, requestEdit, onEditRequest }
})
