import { computed } from 'vue'

import { tokensOfFiles, tokensSoFar } from '@/domain/estimate'
import { type DraftAttachment, tokensOf } from '@/domain/attachments'
import type { DraftDocument } from '@/domain/documents'
import { isBlankDraft } from '@/domain/marks'
import { textToRemember } from '@/domain/remembering'
import { useChat } from '@/stores/chat'
import { useConnection } from '@/stores/connection'
import { useLanes } from '@/stores/lanes'
import { useMemory } from '@/stores/memory'
import { useModels } from '@/stores/models'
import { useTools } from '@/stores/tools'

import { useDebouncedRequest } from './useDebouncedRequest'

const PAUSE_MS = 400

export type { CostOut as LaneEstimate, EstimateOut as Estimate } from '@/protocol/rest.gen'

/** What the draft would cost in each lane: asked of the server when the writer pauses. Null: nothing is written. */
export function useEstimate(
  text: () => string,
  attachments: () => readonly DraftAttachment[],
  documents: () => readonly DraftDocument[],
) {
  const connection = useConnection()
  const chat = useChat()
  const lanes = useLanes()
  const memory = useMemory()
  const models = useModels()
  const tools = useTools()

  const files = computed(() =>
    tokensOfFiles(
      tokensOf(attachments(), documents()),
      lanes.lanes.map((lane) => models.find(lane.model)?.context_length ?? null),
    ),
  )
  const body = computed(() => ({
    lanes: lanes.lanes.map((lane, index) => ({
      model: lane.model,
      input_tokens:
        tokensSoFar(chat.state, chat.turns, lane, memory.tokens, tools.tokensOf(lane)) + (files.value[index] ?? 0),
      max_tokens: (lane.params?.max_tokens as number | null | undefined) ?? null,
    })),
    text: text(),
    images: attachments().filter((part) => part.mime.startsWith('image/')).length,
    conversation: chat.id ?? '',
  }))
  /** Of what is only kept in memory nothing is sent. */
  const blank = computed(() => textToRemember(text()) !== null || (isBlankDraft(text()) && attachments().length === 0))

  return useDebouncedRequest(
    () => (blank.value ? null : body.value),
    (draft) => connection.http.call('POST /api/models/estimate', { body: draft }),
    PAUSE_MS,
  )
}
