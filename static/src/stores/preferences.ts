import { defineStore } from 'pinia'
import { watch } from 'vue'

import type { Bindings } from '@/domain/shortcuts'

import { storedRef } from './browserStorage'
import { syncedRef } from './synced'

export type Theme = 'system' | 'light' | 'dark'
export type Layout = 'auto' | 'columns' | 'grid' | 'tabs' | 'stack'
export const TEXT_SIZES = ['small', 'normal', 'large', 'larger'] as const
export type TextSize = (typeof TEXT_SIZES)[number]

/** How a person has set the page. Theme, text size and sidebar are also in templates/index.html, for the first paint. */
export const usePreferences = defineStore('preferences', () => {
  const theme = syncedRef<Theme>('theme', 'system')
  const textSize = syncedRef<TextSize>('text_size', 'normal')

  watch(
    [theme, textSize],
    () => Object.assign(document.documentElement.dataset, { theme: theme.value, textSize: textSize.value }),
    { immediate: true },
  )

  return {
    theme,
    textSize,
    /** Null: as the browser asks. */
    language: syncedRef<string | null>('language', null),
    sidebar: syncedRef('sidebar', true),
    layout: syncedRef<Layout>('layout', 'auto'),
    /** Which key sends: Enter, or Ctrl/Cmd+Enter. */
    sendWith: syncedRef<'enter' | 'mod-enter'>('send_with', 'enter'),
    /** Reasoning stands open after the answer has ended, too. */
    reasoningOpen: syncedRef('reasoning_open', false),
    /** Who writes titles: the conversation's model, nobody, or (null) whom the administrator chose. */
    titles: syncedRef<'own' | 'words' | null>('titles', null),
    /** A model that may suit a draft better is named. */
    suggestions: syncedRef('suggestions', true),
    /** The system tells that an answer came while the page was out of sight. This browser has to allow it. */
    notifications: storedRef('notifications', false),
    /** Keys that a person changed. */
    shortcuts: syncedRef<Bindings>('shortcuts', {}),
    /** Exports hold the shown path alone, not all branches. */
    exportPath: syncedRef('export_path', false),
  }
})
