import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { useApprovals } from '@/stores/approvals'
import { useChat } from '@/stores/chat'
import { useChats } from '@/stores/chats'

/** The tab says which conversation it is, that something waits for a person, that it is being answered, and that an answer came unseen. */
export function useTitle(): void {
  const { t } = useI18n()
  const chat = useChat()
  const chats = useChats()
  const approvals = useApprovals()
  const finishedUnseen = ref(false)

  const title = computed(() => {
    const name = chat.id === null ? '' : chat.state.settings.title
    const waits = approvals.asking.length > 0 || chats.waitingIds.size > 0
    const mark = waits ? '✋ ' : chat.streaming ? '… ' : finishedUnseen.value ? '● ' : ''
    return `${mark}${name ? `${name} · ` : ''}${t('app.name')}`
  })

  watch(
    title,
    (now) => {
      document.title = now
    },
    { immediate: true },
  )
  watch(
    () => chat.streaming,
    (streaming) => {
      if (!streaming && document.visibilityState === 'hidden') finishedUnseen.value = true
    },
  )
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') finishedUnseen.value = false
  })
}
