import { onScopeDispose } from 'vue'

import { FIND, keysOf, shortcutOf, type ShortcutName } from '@/domain/shortcuts'
import { useChat } from '@/stores/chat'
import { useDialogs } from '@/stores/dialogs'
import { useFinding } from '@/stores/finding'
import { usePreferences } from '@/stores/preferences'
import { useTabs as useTabStore } from '@/stores/tabs'

import { focusComposer } from './focusComposer'
import { isComposing, isMac } from './keys'
import { useActions } from './useActions'
import { useCommands } from './useCommands'

/** Where there are no tabs, their keys are the system's. Browsers keep the usual keys of tabs for their own. */
const OF_TABS: ShortcutName[] = ['nextTab', 'previousTab', 'closeTab']

/**
 * The page's own keys, of which none works while a dialog is open. Of the browser's one is taken: that of its search, where
 * the page leaves out what it would look for. From the page's own search it opens the browser's.
 */
export function useShortcuts(): void {
  const chat = useChat()
  const dialogs = useDialogs()
  const finding = useFinding()
  const preferences = usePreferences()
  const actions = useActions()
  const run = useCommands()
  const tabStore = useTabStore()

  function find(event: KeyboardEvent): (() => void) | undefined {
    if (event.key === 'Escape') return escape(event)
    const keys = keysOf(event, isMac) ?? ''
    if (keys === FIND && !finding.open && finding.leavesOut()) return () => (finding.open = true)
    const name = shortcutOf(keys, preferences.shortcuts)
    if (name === undefined || (OF_TABS.includes(name) && tabStore.tabs.length === 0)) return undefined
    return run[name]
  }

  function escape(event: KeyboardEvent): (() => void) | undefined {
    if (event.shiftKey) return focusComposer
    const inMenu = event.target instanceof HTMLElement && event.target.closest('[role="menu"], [role="dialog"]')
    return chat.streaming && !inMenu ? () => void actions.stop() : undefined
  }

  function onKey(event: KeyboardEvent): void {
    if (isComposing(event) || event.defaultPrevented || dialogs.anyOpen) return
    const found = find(event)
    if (!found) return
    event.preventDefault()
    found()
  }

  document.addEventListener('keydown', onKey)
  onScopeDispose(() => document.removeEventListener('keydown', onKey))
}
