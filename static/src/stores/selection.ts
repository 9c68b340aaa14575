import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

/** Conversations that were chosen in the sidebar, to do something to all of them. */
export const useSelection = defineStore('selection', () => {
  const chosen = ref<ReadonlySet<string>>(new Set())
  /** The conversation from which a range is chosen. */
  const anchor = ref<string | null>(null)
  const active = computed(() => chosen.value.size > 0)

  function toggle(id: string): void {
    const now = new Set(chosen.value)
    if (!now.delete(id)) now.add(id)
    chosen.value = now
    anchor.value = id
  }

  /** From the anchor (else from `from`) to `id`, in the order in which they stand. */
  function extend(id: string, order: readonly string[], from: string | null = null): void {
    const start = order.indexOf(anchor.value ?? from ?? id)
    const end = order.indexOf(id)
    if (start < 0 || end < 0) return toggle(id)
    anchor.value ??= from ?? id
    chosen.value = new Set([...chosen.value, ...order.slice(Math.min(start, end), Math.max(start, end) + 1)])
  }

  function choose(ids: readonly string[]): void {
    chosen.value = new Set(ids)
  }

  function clear(): void {
    chosen.value = new Set()
    anchor.value = null
  }

  return { chosen, anchor, active, toggle, extend, choose, clear }
})
