import { defineStore } from 'pinia'
import { ref, watch } from 'vue'

import { useChat } from './chat'

/** One place of the open conversation where what is looked for stands: the how many-th of its message. */
export interface FoundPlace {
  readonly message: string
  readonly at: number
}

/** The page's own search in the open conversation: the browser's does not see what of a long one is not drawn. */
export const useFinding = defineStore('finding', () => {
  const chat = useChat()
  const open = ref(false)
  /** The place that is shown. */
  const current = ref<FoundPlace | null>(null)

  /** Whether the page leaves something out that a reader may look for: turns out of view, answers behind tabs. */
  function leavesOut(): boolean {
    const drawn = document.querySelectorAll('[data-turn]')
    const behindTabs = [...drawn].some((turn) => turn.querySelector('[role=tab]') !== null)
    return drawn.length > 0 && (drawn.length < chat.turns.length || behindTabs || chat.elidedOnPath().length > 0)
  }

  watch(
    () => chat.id,
    () => (open.value = false),
  )
  watch(open, () => (current.value = null))

  return { open, current, leavesOut }
})
