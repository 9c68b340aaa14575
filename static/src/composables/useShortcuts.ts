import { onScopeDispose } from 'vue'

import { partsText } from '@/domain/timeline'
import { isAnswer } from '@/domain/conversation'
import { useChat } from '@/stores/chat'
import { useDialogs } from '@/stores/dialogs'
import { usePreferences } from '@/stores/preferences'
import { useTabs as useTabStore } from '@/stores/tabs'

import { hasMod, isComposing } from './keys'
import { useActions } from './useActions'
import { copyText } from './useClipboard'
import { useLocation } from './useLocation'
import { useTabs } from './useTabs'

const LAST_CODE = /```[^\n]*\n([\s\S]*?)```(?![\s\S]*```)/

/** The page's own keys. None of the browser's are taken, and none works while a dialog is open. */
export function useShortcuts(): void {
  const chat = useChat()
  const dialogs = useDialogs()
  const preferences = usePreferences()
  const location = useLocation()
  const actions = useActions()
  const tabs = useTabs()
  const tabStore = useTabStore()

  function lastAnswer(): string {
    const shown = chat.turns.at(-1)?.cells.find((cell) => cell.onPath) ?? chat.turns.at(-1)?.cells[0]
    const message = chat.state.messages.get(shown?.shown ?? '')
    return isAnswer(message) ? partsText(message.parts, 'text') : ''
  }

  const withModShift: { [code: string]: () => void } = {
    KeyO: () => location.go(null),
    KeyS: () => {
      preferences.sidebar = !preferences.sidebar
    },
    KeyC: () => void copyText(lastAnswer()),
    Semicolon: () => void copyText(LAST_CODE.exec(lastAnswer())?.[1] ?? ''),
  }
  const withMod: { [code: string]: () => void } = {
    KeyK: () => {
      dialogs.sheet = 'palette'
    },
    Slash: () => {
      dialogs.sheet = 'shortcuts'
    },
  }

  /** Browsers keep the usual keys of tabs for their own. */
  const withAlt: { [code: string]: () => void } = {
    Comma: () => tabs.step(-1),
    Period: () => tabs.step(1),
    KeyW: () => tabStore.active !== null && tabs.close(tabStore.active),
  }

  function find(event: KeyboardEvent): (() => void) | undefined {
    if (event.key === 'Escape') return escape(event)
    if (event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey && tabStore.tabs.length > 0) return withAlt[event.code]
    if (!hasMod(event) || event.altKey) return undefined
    if (event.key === '/') return withMod.Slash
    return (event.shiftKey ? withModShift : withMod)[event.code]
  }

  function escape(event: KeyboardEvent): (() => void) | undefined {
    if (event.shiftKey) return () => document.querySelector<HTMLTextAreaElement>('#composer')?.focus()
    const inMenu = event.target instanceof HTMLElement && event.target.closest('[role="menu"], [role="dialog"]')
    return chat.streaming && !inMenu ? () => void actions.stop() : undefined
  }

  function onKey(event: KeyboardEvent): void {
    if (isComposing(event) || event.defaultPrevented || dialogs.anyOpen) return
    const run = find(event)
    if (!run) return
    event.preventDefault()
    run()
  }

  document.addEventListener('keydown', onKey)
  onScopeDispose(() => document.removeEventListener('keydown', onKey))
}
