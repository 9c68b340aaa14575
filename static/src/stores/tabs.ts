import { defineStore } from 'pinia'
import { computed } from 'vue'

import { randomId } from '@/domain/ids'
import { syncedRef } from './synced'

export interface Tab {
  readonly key: string
  /** Null: a new one is being written. */
  readonly conversation: string | null
  readonly title: string
}

/** Conversations that stand open side by side in the page. None is kept while only one is open. */
export const useTabs = defineStore('tabs', () => {
  const tabs = syncedRef<Tab[]>('tabs', [])
  const active = syncedRef<string | null>('tab', null)
  const shown = computed(() => tabs.value.find((tab) => tab.key === active.value))

  /** What the page shows now: in the tab that has it, else in the one that stands in front. */
  function show(conversation: string | null): void {
    if (tabs.value.length === 0) return
    const there = tabs.value.find(
      (tab) => tab.conversation === conversation && (conversation !== null || tab.key === active.value),
    )
    if (there) active.value = there.key
    else if (shown.value) replace(shown.value.key, { conversation, title: '' })
    else active.value = add(conversation, '')
  }

  /** Opens another beside `current`, which gets a tab of its own if it has none yet. */
  function open(
    conversation: string | null,
    title: string,
    current: { conversation: string | null; title: string },
  ): void {
    if (tabs.value.length === 0) active.value = add(current.conversation, current.title)
    if (conversation === null || !tabs.value.some((tab) => tab.conversation === conversation)) add(conversation, title)
  }

  function add(conversation: string | null, title: string): string {
    const key = randomId(8)
    tabs.value = [...tabs.value, { key, conversation, title }]
    return key
  }

  function replace(key: string, change: Partial<Tab>): void {
    tabs.value = tabs.value.map((tab) => (tab.key === key ? { ...tab, ...change } : tab))
  }

  /** The tab to show then; null where what is shown stays. */
  function close(key: string): Tab | null {
    const place = tabs.value.findIndex((tab) => tab.key === key)
    const rest = tabs.value.filter((tab) => tab.key !== key)
    const next = rest[Math.min(place, rest.length - 1)]
    const front = key === active.value && next !== undefined ? next : null
    tabs.value = rest.length > 1 ? rest : []
    active.value = front?.key ?? active.value
    return front
  }

  function move(key: string, to: number): void {
    const from = tabs.value.findIndex((tab) => tab.key === key)
    const tab = tabs.value[from]
    if (!tab || to < 0 || to >= tabs.value.length) return
    const rest = tabs.value.toSpliced(from, 1)
    tabs.value = rest.toSpliced(to, 0, tab)
  }

  function tabAt(step: number): Tab | undefined {
    const count = tabs.value.length
    const place = tabs.value.findIndex((tab) => tab.key === active.value)
    return count === 0 ? undefined : tabs.value[(place + step + count) % count]
  }

  function setTitle(conversation: string, title: string): void {
    const tab = tabs.value.find((one) => one.conversation === conversation)
    if (tab && tab.title !== title) replace(tab.key, { title })
  }

  /** Of a conversation that is no more. */
  function closeGone(conversation: string): void {
    const tab = tabs.value.find((one) => one.conversation === conversation)
    if (tab && tab.key !== active.value) close(tab.key)
  }

  return {
    tabs,
    active,
    show,
    open,
    close,
    move,
    tabAt,
    setTitle,
    closeGone,
    choose: (key: string) => (active.value = key),
  }
})
