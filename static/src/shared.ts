/** The page behind a link: one conversation to read, without a login or a socket. */
import '@/styles/main.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import SharedPage from '@/components/shared/SharedPage.vue'
import type { SharedConversation } from '@/domain/shared'
import { loadI18n } from '@/i18n'
import { reloadOutdatedPage, sayUnloaded } from '@/outdated'
import { usePreferences } from '@/stores/preferences'

const shown = JSON.parse(document.querySelector('#shown')?.textContent ?? '') as SharedConversation

async function start(): Promise<void> {
  const app = createApp(SharedPage, { shown })
  app.use(createPinia())
  app.use(await loadI18n(usePreferences().language))
  app.mount('#app')
}

reloadOutdatedPage()
start().catch(sayUnloaded)
