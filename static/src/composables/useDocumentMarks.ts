import { BookOpen, FileText, FolderOpen } from '@lucide/vue'
import { type Ref, ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { type DocumentRow, type DraftDocument, matching, tokensIn } from '@/domain/documents'
import { useChat } from '@/stores/chat'
import { useDocuments } from '@/stores/documents'
import { useRag } from '@/stores/rag'

import type { Completion, CompletionSource } from './useCompletion'
import { useFailure } from './useFailure'
import { useLocation } from './useLocation'

const MOST_SHOWN = 8

/** `#` offers documents: the chosen ones are asked. */
export function useDocumentMarks(chosen: Ref<DraftDocument[]>): CompletionSource {
  const { t } = useI18n()
  const chat = useChat()
  const documents = useDocuments()
  const rag = useRag()
  const location = useLocation()
  const { attempt } = useFailure()
  const known = ref<DocumentRow[]>([])

  async function load(): Promise<void> {
    const collections = chat.id === null ? [''] : [chat.id, '']
    const lists = await Promise.all(collections.map((one) => documents.list(one).catch(() => [])))
    known.value = lists.flat()
  }

  function row(document: DocumentRow): Completion {
    return {
      key: String(document.id),
      label: document.name,
      icon: FileText,
      about: document.conversation ? t('documents.ofThisChat') : '',
      onChosen: () => {
        chosen.value = [...chosen.value, { id: document.id, name: document.name, tokens: tokensIn(document) }]
      },
    }
  }

  function find(query: string): Completion[] {
    if (chat.dialogue) return []
    const asked = new Set(chosen.value.map((document) => document.id))
    const found = matching(known.value, query).filter((document) => !asked.has(document.id))
    const rows = found.slice(0, MOST_SHOWN).map(row)
    if (query) return rows
    /** All that the conversation may ask: the switch, from the keyboard. */
    const all: Completion = {
      key: 'all',
      label: t('documents.askAll', { count: known.value.length }),
      icon: BookOpen,
      onChosen: () => void attempt(() => rag.set(true)),
    }
    const manage: Completion = {
      key: 'manage',
      label: t('documents.manage'),
      icon: FolderOpen,
      onChosen: () => location.goToDocuments(chat.id ?? ''),
    }
    return [...rows, ...(found.length > 1 && !rag.on ? [all] : []), manage]
  }

  return { mark: '#', label: t('documents.pick'), begin: load, find }
}
