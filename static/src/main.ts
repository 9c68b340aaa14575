import '@/styles/main.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import App from '@/App.vue'
import { boot } from '@/boot'
import { waitForOwnTask } from '@/composables/deferComponent'
import { loadI18n } from '@/i18n'
import { reloadOutdatedPage, sayUnloaded } from '@/outdated'
import { useChat } from '@/stores/chat'
import { useChats } from '@/stores/chats'
import { useConnection } from '@/stores/connection'
import { clearOutdated } from '@/stores/browserStorage'
import { usePreferences } from '@/stores/preferences'
import { useSynced } from '@/stores/synced'
import { Http } from '@/transport/http'
import { ResilientTransport } from '@/transport/resilient'
import type { Transport } from '@/transport/types'

function socketUrl(): string {
  const { protocol, host } = location
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${boot.socket}`
}

/** `vite --mode fake` shows the page without a server: everything it says is made up in the browser. */
async function connectors(poll: () => void): Promise<{ transport: Transport; http: Http }> {
  if (import.meta.env.MODE === 'fake') {
    const { FakeServer } = await import('@/transport/fake')
    const server = FakeServer.withExamples()
    return { transport: server.transport(), http: new Http(server.fetch) }
  }
  const http = new Http((url, init) => fetch(url, init))
  return { transport: new ResilientTransport(socketUrl(), http, poll), http }
}

async function start(): Promise<void> {
  // The scripts were read in this task; what is made of them comes in others.
  await waitForOwnTask()
  const app = createApp(App)
  app.use(createPinia())
  app.use(await loadI18n(usePreferences().language))
  const connection = useConnection()
  const chats = useChats()
  useChat().start()
  chats.start()
  const { transport, http } = await connectors(() => void chats.load())
  useSynced().start(http)
  connection.start(transport, http, () => {
    location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`)
  })
  await waitForOwnTask()
  app.mount('#app')
}

reloadOutdatedPage()
clearOutdated()
start().catch(sayUnloaded)
