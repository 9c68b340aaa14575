import { onScopeDispose } from 'vue'
import { useI18n } from 'vue-i18n'

import { isAnswer } from '@/domain/conversation'
import { partsText } from '@/domain/timeline'
import { keysOf, shortcutOf, type ShortcutName } from '@/domain/shortcuts'
import { useChat } from '@/stores/chat'
import { useDialogs } from '@/stores/dialogs'
import { usePreferences } from '@/stores/preferences'
import { useTabs as useTabStore } from '@/stores/tabs'
import { useToasts } from '@/stores/toasts'

import { focusComposer } from './focusComposer'
import { isComposing, isMac } from './keys'
import { useActions } from './useActions'
import { copyText } from './useClipboard'
import { useLocation } from './useLocation'
import { useSidebar } from './useSidebar'
import { useTabs } from './useTabs'

/** Where there are no tabs, their keys are the system's. Browsers keep the usual keys of tabs for their own. */
const OF_TABS: ShortcutName[] = ['nextTab', 'previousTab', 'closeTab']

/** The code of the last block between fences that is closed. */
function lastCode(text: string): string | undefined {
  let last: string | undefined
  let inside = -1
  for (let at = text.indexOf('```'); at >= 0; at = text.indexOf('```', at + 3)) {
    if (inside >= 0) {
      last = text.slice(inside, at)
      inside = -1
      continue
    }
    const line = text.indexOf('\n', at)
    if (line < 0) break
    inside = line + 1
    at = line - 3
  }
  return last
}

/** The page's own keys. None of the browser's are taken, and none works while a dialog is open. */
export function useShortcuts(): void {
  const { t } = useI18n()
  const chat = useChat()
  const dialogs = useDialogs()
  const preferences = usePreferences()
  const location = useLocation()
  const toasts = useToasts()
  const actions = useActions()
  const sidebar = useSidebar()
  const tabs = useTabs()
  const tabStore = useTabStore()

  function lastAnswer(): string {
    const shown = chat.turns.at(-1)?.cells.find((cell) => cell.onPath) ?? chat.turns.at(-1)?.cells[0]
    const id = shown?.shown ?? ''
    const ended = chat.state.messages.get(id)
    const parts = chat.live.get(id)?.value.parts ?? (isAnswer(ended) ? ended.parts : [])
    return partsText(parts, 'text')
  }

  /** Nothing on the page shows that keys have copied something, or that there was nothing. */
  async function copy(text: string, what: 'Answer' | 'Code'): Promise<void> {
    if (text === '') toasts.show(t(`shortcuts.no${what}`))
    else if (await copyText(text)) toasts.show(t(`shortcuts.copied${what}`))
    else toasts.show(t('shortcuts.copyFailed'), { tone: 'error' })
  }

  function startNew(): void {
    sidebar.closeDrawer()
    location.go(null)
    focusComposer()
  }

  const run: { [Name in ShortcutName]: () => void } = {
    search: () => {
      dialogs.sheet = 'palette'
    },
    newChat: startNew,
    sidebar: sidebar.toggle,
    copyAnswer: () => void copy(lastAnswer(), 'Answer'),
    copyCode: () => void copy(lastCode(lastAnswer()) ?? '', 'Code'),
    nextTab: () => tabs.step(1),
    previousTab: () => tabs.step(-1),
    closeTab: () => tabStore.active !== null && tabs.close(tabStore.active),
    sheet: () => {
      dialogs.sheet = 'shortcuts'
    },
  }

  function find(event: KeyboardEvent): (() => void) | undefined {
    if (event.key === 'Escape') return escape(event)
    const name = shortcutOf(keysOf(event, isMac) ?? '', preferences.shortcuts)
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
