import { computed, onScopeDispose, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { boot } from '@/boot'
import { textToRemember } from '@/domain/remembering'
import type { DraftAttachment } from '@/domain/attachments'
import type { DraftDocument } from '@/domain/documents'
import { useAuto } from '@/stores/auto'
import { useChat } from '@/stores/chat'
import { joinDrafts, useDrafts } from '@/stores/drafts'
import { toInput, useLanes } from '@/stores/lanes'
import { useMemory } from '@/stores/memory'
import { usePreferences } from '@/stores/preferences'
import { useOutbox } from '@/stores/outbox'
import { useRag } from '@/stores/rag'
import { useTools } from '@/stores/tools'

import { useFailure } from './useFailure'
import { useFormat } from './useFormat'
import { useLocation } from './useLocation'
import { useMemoryOffer } from './useMemoryOffer'

/** What is being written, kept for each conversation, and how it goes out. */
export function useComposer(uploading: () => boolean) {
  const { t } = useI18n()
  const chat = useChat()
  const lanes = useLanes()
  const drafts = useDrafts()
  const outbox = useOutbox()
  const rag = useRag()
  const tools = useTools()
  const memory = useMemory()
  const preferences = usePreferences()
  const auto = useAuto()
  const { saveText } = useMemoryOffer()
  const location = useLocation()
  const format = useFormat()
  const { attempt } = useFailure()

  const text = ref('')
  const attachments = ref<DraftAttachment[]>([])
  const documents = ref<DraftDocument[]>([])

  function load(): void {
    const draft = drafts.read(chat.id)
    text.value = draft.text
    attachments.value = draft.attachments
    documents.value = draft.documents
  }

  watch([() => chat.id, () => drafts.revision], load, { immediate: true })
  watch([text, attachments, documents, () => chat.temporary], () => drafts.write(chat.id, written()))

  function written() {
    return { text: text.value, attachments: attachments.value, documents: documents.value }
  }

  function attach(part: DraftAttachment, conversation: string | null): void {
    if (conversation === chat.id) attachments.value = joinDrafts(written(), { attachments: [part] }).attachments
    else drafts.write(conversation, joinDrafts(drafts.read(conversation), { attachments: [part] }))
  }

  const blank = computed(() => text.value.trim() === '' && attachments.value.length === 0)
  const textBytes = computed(() =>
    text.value.length * 3 < boot.maxTextBytes ? 0 : new TextEncoder().encode(text.value).length,
  )

  /** Why nothing can be sent now; '' where it can. */
  const obstacle = computed(() => {
    if (chat.readonly) return t('composer.readonlyWhy')
    if (uploading()) return t('composer.uploadingWhy')
    if (lanes.lanes.length === 0) return t('composer.noModelWhy')
    if (textBytes.value > boot.maxTextBytes)
      return t('composer.textTooLong', { limit: format.bytes(boot.maxTextBytes) })
    return blank.value ? t('composer.emptyWhy') : ''
  })

  /** While answers stream the server queues what is sent; it goes on from them when they have ended. */
  async function submit(): Promise<void> {
    const line = textToRemember(text.value)
    if (line !== null) return remember(line)
    if (obstacle.value) return
    const words = { ...written(), text: text.value.trim() }
    const outgoing = { ...words, line: chat.dialogue !== null, options: options() }
    const from = chat.id
    text.value = ''
    attachments.value = []
    documents.value = []
    drafts.write(from, {})
    const sent = await attempt(async () => {
      const conversation = await outbox.send(outgoing)
      if (from === null && chat.id === null && conversation) moveTo(conversation)
    }, t('composer.failed'))
    if (!sent) drafts.fillComposer(from, joinDrafts(words, drafts.read(from)))
  }

  async function remember(line: string): Promise<void> {
    const [from, typed] = [chat.id, { text: text.value }]
    text.value = ''
    if (!(await saveText(line))) drafts.fillComposer(from, joinDrafts(typed, drafts.read(from)))
  }

  /** The new conversation has its own address now; what was typed meanwhile comes along. */
  function moveTo(conversation: string): void {
    drafts.write(conversation, written())
    drafts.write(null, {})
    rag.resetChoice()
    tools.resetChoice()
    memory.resetChoice()
    location.go(conversation, { replace: true })
  }

  function options() {
    const { mode, relay, history, blind } = lanes
    const choices = auto.takeChoices(lanes.lanes.map((lane) => lane.id))
    if (chat.id !== null) return choices
    return {
      ...choices,
      lanes: lanes.lanes.map(toInput),
      mode,
      relay,
      history,
      blind,
      rag: rag.on,
      ...tools.begun,
      memory: memory.on,
      ...(preferences.titles ? { titles: preferences.titles } : {}),
      ...(chat.wantsTemporary ? { temporary: true } : {}),
    }
  }

  /** What has not reached the server when the page goes away is found in the composer again. */
  function keepUnsent(event: PageTransitionEvent): void {
    if (event.persisted) return
    for (const message of outbox.pending) {
      if (message.status === 'sending')
        drafts.write(message.conversation, joinDrafts(message, drafts.read(message.conversation)))
    }
  }

  window.addEventListener('pagehide', keepUnsent)
  onScopeDispose(() => window.removeEventListener('pagehide', keepUnsent))

  return { text, attachments, documents, blank, obstacle, submit, attach }
}
