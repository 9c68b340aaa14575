import { watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { useChats } from '@/stores/chats'
import { usePreferences } from '@/stores/preferences'

import { useLocation } from './useLocation'

/** Asks for the permission that the browser wants, from a click. False where a person or the browser refused. */
export async function mayNotify(): Promise<boolean> {
  if (typeof Notification === 'undefined') return false
  return Notification.permission === 'granted' || (await Notification.requestPermission()) === 'granted'
}

/** Where a person asked for it, says that a conversation was answered, or waits for them, while the page was out of sight. */
export function useNotifications(): void {
  const { t } = useI18n()
  const chats = useChats()
  const preferences = usePreferences()
  const location = useLocation()

  function tell(id: string, words: string): void {
    const body = chats.find(id)?.title ?? ''
    const shown = new Notification(words, { body, tag: id, icon: '/static/icon.svg' })
    shown.addEventListener('click', () => {
      window.focus()
      location.go(id)
      shown.close()
    })
  }

  function tellNew(now: ReadonlySet<string>, before: ReadonlySet<string>, words: string): void {
    if (!preferences.notifications || document.visibilityState === 'visible') return
    if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return
    for (const id of now) if (!before.has(id)) tell(id, words)
  }

  watch(() => chats.unreadIds, (now, before) => tellNew(now, before, t('notifications.answered')))
  watch(() => chats.waitingIds, (now, before) => tellNew(now, before, t('approval.inChat')))
}
