import { watch } from 'vue'

import { useChat } from '@/stores/chat'
import { useChats } from '@/stores/chats'
import { useConnection } from '@/stores/connection'
import { type Tab, useTabs as useTabStore } from '@/stores/tabs'

import { useLocation } from './useLocation'

/** What a person does with tabs; the page's address says which of them is shown. */
export function useTabs() {
  const tabs = useTabStore()
  const chat = useChat()
  const chats = useChats()
  const location = useLocation()

  function go(tab: Tab | null | undefined): void {
    if (!tab) return
    tabs.choose(tab.key)
    location.go(tab.conversation)
  }

  function open(conversation: string, title = chats.find(conversation)?.title ?? ''): void {
    if (conversation === location.conversation.value && tabs.tabs.length === 0) return
    tabs.open(conversation, title, { conversation: chat.id, title: chat.state.settings.title ?? '' })
  }

  /** A new conversation in a tab of its own, in front. */
  function openNew(): void {
    tabs.open(null, '', { conversation: chat.id, title: chat.state.settings.title ?? '' })
    go(tabs.tabs.at(-1))
  }

  return {
    open,
    openNew,
    go,
    close: (key: string) => go(tabs.close(key)),
    step: (by: number) => go(tabs.tabAt(by)),
  }
}

/** Keeps the tabs' names and the one in front as the page has them. Once, for the whole page. */
export function followTabs(): void {
  const tabs = useTabStore()
  const chat = useChat()
  const connection = useConnection()
  const location = useLocation()
  watch(location.conversation, (conversation) => tabs.show(conversation), { immediate: true })
  watch(
    () => [chat.id, chat.state.settings.title] as const,
    ([id, title]) => {
      if (id !== null && id === chat.state.id && title) tabs.setTitle(id, title)
    },
    { immediate: true },
  )
  connection.onEvent((event) => {
    if (event.type !== 'activity') return
    if (event.removed) tabs.closeGone(event.conversation)
    else if (event.title) tabs.setTitle(event.conversation, event.title)
  })
}
