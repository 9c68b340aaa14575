import { defineStore } from 'pinia'
import { reactive, toRefs, watch } from 'vue'

import type { Bindings } from '@/domain/shortcuts'

import { readKept, writeKept } from './kept'

export type Theme = 'system' | 'light' | 'dark'
export type Layout = 'auto' | 'columns' | 'grid' | 'tabs' | 'stack'

export interface Preferences {
  theme: Theme
  /** Null: as the browser asks. */
  language: string | null
  sidebar: boolean
  layout: Layout
  /** Which key sends: Enter, or Ctrl/Cmd+Enter. */
  sendWith: 'enter' | 'mod-enter'
  /** Reasoning stands open after the answer has ended, too. */
  reasoningOpen: boolean
  /** Who writes titles: the conversation's model, nobody, or (null) whom the administrator chose. */
  titles: 'own' | 'words' | null
  /** A model that may suit a draft better is named. */
  suggestions: boolean
  /** The system tells that an answer came while the page was out of sight. */
  notifications: boolean
  /** Keys that a person changed. */
  shortcuts: Bindings
  /** Exports hold the shown path alone, not all branches. */
  exportPath: boolean
}

const DEFAULTS: Preferences = {
  theme: 'system',
  language: null,
  sidebar: true,
  layout: 'auto',
  sendWith: 'enter',
  reasoningOpen: false,
  titles: null,
  suggestions: true,
  notifications: false,
  shortcuts: {},
  exportPath: false,
}

/** The name and shape of what is kept are also read by public/theme.js, before the first paint. */
export const usePreferences = defineStore('preferences', () => {
  const preferences = reactive<Preferences>({ ...DEFAULTS, ...readKept<Partial<Preferences>>('preferences', {}) })

  watch(preferences, (now) => writeKept('preferences', now))
  watch(
    () => preferences.theme,
    (theme) => {
      document.documentElement.dataset.theme = theme
    },
  )

  return toRefs(preferences)
})
