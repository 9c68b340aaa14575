import { computed, type ComputedRef, shallowRef, watch } from 'vue'

import { useChat } from '@/stores/chat'

/** Of these answers those that ended on this page while another one was looked at. `open`: null where all are in sight. */
export function useUnread(
  answers: () => readonly string[],
  open: () => string | null,
): ComputedRef<ReadonlySet<string>> {
  const chat = useChat()
  const unread = shallowRef<ReadonlySet<string>>(new Set())

  watch(
    () => answers().filter((id) => chat.live.has(id)),
    (now, before) => {
      const ended = before.filter((id) => !now.includes(id) && id !== open())
      if (open() !== null && ended.length > 0) unread.value = new Set([...unread.value, ...ended])
    },
  )
  watch(open, (id) => {
    unread.value = id === null ? new Set() : new Set([...unread.value].filter((one) => one !== id))
  })
  return computed(() => unread.value)
}
