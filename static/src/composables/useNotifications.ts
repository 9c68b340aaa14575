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

/** Where a person asked for it, says that a conversation was answered while the page was out of sight. */
export function useNotifications(): void {
  const { t } = useI18n()
  const chats = useChats()
  const preferences = usePreferences()
  const location = useLocation()

  function tell(id: string): void {
    const body = chats.find(id)?.title ?? ''
    const shown = new Notification(t('notifications.answered'), { body, tag: id, icon: '/static/icon.svg' })
    shown.addEventListener('click', () => {
      window.focus()
      location.go(id)
      shown.close()
    })
  }

  watch(
    () => chats.unreadIds,
    (now, before) => {
      if (!preferences.notifications || document.visibilityState === 'visible') return
      if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return
      for (const id of now) if (!before.has(id)) tell(id)
    },
  )
}
