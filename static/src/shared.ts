/** The page behind a link: one conversation to read, without a login or a socket. */
import '@/styles/main.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import SharedPage from '@/components/shared/SharedPage.vue'
import type { SharedConversation } from '@/domain/shared'
import { chooseLanguage, makeI18n } from '@/i18n'
import { usePreferences } from '@/stores/preferences'

const shown = JSON.parse(document.querySelector('#shown')?.textContent ?? '') as SharedConversation
const app = createApp(SharedPage, { shown })
app.use(createPinia())
app.use(makeI18n(chooseLanguage(usePreferences().language)))
app.mount('#app')
