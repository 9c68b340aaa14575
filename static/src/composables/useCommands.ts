import { useI18n } from 'vue-i18n'

import { isAnswer } from '@/domain/conversation'
import type { ShortcutName } from '@/domain/shortcuts'
import { partsText } from '@/domain/timeline'
import { useChat } from '@/stores/chat'
import { useDialogs } from '@/stores/dialogs'
import { useTabs as useTabStore } from '@/stores/tabs'
import { useToasts } from '@/stores/toasts'

import { focusComposer } from './focusComposer'
import { copyText } from './useClipboard'
import { useLocation } from './useLocation'
import { useSidebar } from './useSidebar'
import { useTabs } from './useTabs'

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

/** What the page's keys do; the palette has them too. */
export function useCommands(): { [Name in ShortcutName]: () => void } {
  const { t } = useI18n()
  const chat = useChat()
  const dialogs = useDialogs()
  const location = useLocation()
  const toasts = useToasts()
  const sidebar = useSidebar()
  const tabs = useTabs()
  const tabStore = useTabStore()

  function lastAnswer(): string {
    const shown = chat.turns.at(-1)?.cells.find((cell) => cell.onPath) ?? chat.turns.at(-1)?.cells[0]
    const id = shown?.shown ?? ''
    const ended = chat.state.messages.get(id)
    const parts = chat.live.get(id)?.value.parts ?? (isAnswer(ended) ? ended.parts : undefined)
    return partsText(parts ?? [], 'text')
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

  return {
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
}
