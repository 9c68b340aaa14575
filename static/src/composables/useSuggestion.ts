import { computed, ref, watch } from 'vue'

import { tokensSoFar } from '@/domain/estimate'
import { AUTO } from '@/domain/ids'
import { isBlankDraft } from '@/domain/marks'
import type { AttachmentPart } from '@/protocol/types.gen'
import { useChat } from '@/stores/chat'
import { useConnection } from '@/stores/connection'
import { useLanes } from '@/stores/lanes'
import { useMemory } from '@/stores/memory'
import { usePreferences } from '@/stores/preferences'

import { useDebouncedRequest } from './useDebouncedRequest'

const PAUSE_MS = 800

export interface Suggestion {
  model: string
  reason: string
}

/**
 * A model that may suit the draft better than the one that is chosen. Only where one is: whoever asks several
 * has chosen to compare. Dismissed, it stays away until another message is begun.
 */
export function useSuggestion(text: () => string, attachments: () => readonly AttachmentPart[]) {
  const connection = useConnection()
  const chat = useChat()
  const lanes = useLanes()
  const memory = useMemory()
  const preferences = usePreferences()
  const dismissed = ref(false)

  const blank = computed(() => isBlankDraft(text()) && attachments().length === 0)
  const wanted = computed(() => {
    const [lane, ...others] = lanes.lanes
    if (
      !preferences.suggestions ||
      dismissed.value ||
      blank.value ||
      !lane ||
      others.length > 0 ||
      lane.model === AUTO ||
      chat.dialogue
    )
      return null
    return {
      text: text(),
      tokens: tokensSoFar(chat.state, chat.turns, lane, memory.tokens),
      attachments: attachments().map((part) => part.mime),
      model: lane.model,
    }
  })

  watch(blank, (now) => {
    if (now) dismissed.value = false
  })
  const told = useDebouncedRequest(
    () => wanted.value,
    (body) => connection.http.call('POST /api/models/suggest', { body }),
    PAUSE_MS,
  )
  const suggestion = computed<Suggestion | null>(() => told.value?.suggestions[0] ?? null)

  function dismiss(): void {
    dismissed.value = true
  }

  return { suggestion, dismiss }
}
