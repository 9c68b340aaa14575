import { useI18n } from 'vue-i18n'

import { useDialogs } from '@/stores/dialogs'
import { useMemory } from '@/stores/memory'
import { useToasts } from '@/stores/toasts'

import { useFailure } from './useFailure'

/** How something of a conversation comes into the memory. */
export function useMemoryOffer() {
  const { t } = useI18n()
  const dialogs = useDialogs()
  const memory = useMemory()
  const toasts = useToasts()
  const { attempt } = useFailure()

  function openMemory(): void {
    dialogs.sheet = 'memory'
  }

  /** Opens the memory with the words of a message, what is selected of them if anything is: nothing is kept unread. */
  function offerText(message: string, text: string): void {
    const selection = document.getSelection()
    const node = selection?.anchorNode?.parentElement?.closest<HTMLElement>('[data-answer], [data-message]')
    const isOfIt = (node?.dataset.answer ?? node?.dataset.message) === message
    memory.offered = ((isOfIt && selection?.toString().trim()) || text).replaceAll(/\s+/gu, ' ')
    openMemory()
  }

  async function saveText(text: string): Promise<boolean> {
    const kept = await attempt(() => memory.remember(text))
    if (kept) toasts.show(t('memory.kept'), { action: { label: t('memory.title'), run: openMemory } })
    return kept
  }

  return { openMemory, offerText, saveText }
}
