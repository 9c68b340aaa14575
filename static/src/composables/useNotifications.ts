import { onScopeDispose, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { useChats } from '@/stores/chats'
import { usePreferences } from '@/stores/preferences'

import { useLocation } from './useLocation'

/** Phones show notifications of service workers alone; a page that is not secure, or private, may have none. */
const WORKER = '/worker.js'

/** Asks for the permission that the browser wants, from a press. False where a person or the browser refused. */
export async function mayNotify(): Promise<boolean> {
  if (typeof Notification === 'undefined' || !navigator.serviceWorker) return false
  if (Notification.permission !== 'granted' && (await Notification.requestPermission()) !== 'granted') return false
  return (await registered()) !== null
}

async function registered(): Promise<ServiceWorkerRegistration | null> {
  try {
    await navigator.serviceWorker.register(WORKER)
    return await navigator.serviceWorker.ready
  } catch {
    return null
  }
}

/** Where a person asked for it, says that a conversation was answered, or waits for them, while the page was out of sight. */
export function useNotifications(): void {
  const { t } = useI18n()
  const chats = useChats()
  const preferences = usePreferences()
  const location = useLocation()

  async function tell(id: string, words: string): Promise<void> {
    const worker = await registered()
    await worker?.showNotification(words, {
      body: chats.find(id)?.title ?? '',
      tag: id,
      icon: '/static/icon.svg',
      data: { conversation: id },
    })
  }

  function tellNew(now: ReadonlySet<string>, before: ReadonlySet<string>, words: string): void {
    if (!preferences.notifications || document.visibilityState === 'visible') return
    if (typeof Notification === 'undefined' || Notification.permission !== 'granted' || !navigator.serviceWorker) return
    for (const id of now) if (!before.has(id)) void tell(id, words)
  }

  function onPress({ data }: MessageEvent<{ conversation?: unknown }>): void {
    if (typeof data?.conversation === 'string') location.go(data.conversation)
  }

  watch(
    () => chats.unreadIds,
    (now, before) => tellNew(now, before, t('notifications.answered')),
  )
  watch(
    () => chats.waitingIds,
    (now, before) => tellNew(now, before, t('approval.inChat')),
  )
  navigator.serviceWorker?.addEventListener('message', onPress)
  // Messages wait until they are asked for where they are heard in this way.
  navigator.serviceWorker?.startMessages()
  onScopeDispose(() => navigator.serviceWorker?.removeEventListener('message', onPress))
}
