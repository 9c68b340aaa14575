import { computed } from 'vue'

import { tokensSoFar } from '@/domain/estimate'
import { AUTO } from '@/domain/ids'
import { isBlankDraft } from '@/domain/marks'
import type { AttachmentPart } from '@/protocol/types.gen'
import { useChat } from '@/stores/chat'
import { useConnection } from '@/stores/connection'
import { useLanes } from '@/stores/lanes'
import { useMemory } from '@/stores/memory'
import { useTools } from '@/stores/tools'

import { useDebouncedRequest } from './useDebouncedRequest'

const PAUSE_MS = 400

export interface AutoChoice {
  lane: string
  model: string
  reason: string
  others: readonly string[]
}

/** Which models Auto would ask for the draft, and why: asked of the server when the writer pauses, and no model is. */
export function useAutoChoice(text: () => string, attachments: () => readonly AttachmentPart[]) {
  const connection = useConnection()
  const chat = useChat()
  const lanes = useLanes()
  const memory = useMemory()
  const tools = useTools()

  const wanted = computed(() => {
    const open = lanes.lanes.filter((lane) => lane.model === AUTO)
    const [first] = open
    if (!first || (isBlankDraft(text()) && attachments().length === 0)) return null
    return {
      lanes: open.map((lane) => lane.id),
      body: {
        text: text(),
        tokens: tokensSoFar(chat.state, chat.turns, first, memory.tokens),
        attachments: attachments().map((part) => part.mime),
        tools: open.some((lane) => tools.ofLane(lane) !== false),
        count: open.length,
        without: lanes.lanes.filter((lane) => lane.model !== AUTO).map((lane) => lane.model),
        conversation: chat.id ?? '',
        folder: chat.state.settings.folder ?? '',
      },
    }
  })

  const told = useDebouncedRequest(() => wanted.value, ask, PAUSE_MS)

  async function ask({ lanes, body }: NonNullable<typeof wanted.value>): Promise<AutoChoice[]> {
    const { choices } = await connection.http.call('POST /api/models/auto', { body })
    return choices.flatMap((choice, place) => {
      const lane = lanes[place]
      return lane === undefined ? [] : [{ ...choice, lane }]
    })
  }

  return computed<readonly AutoChoice[]>(() => told.value ?? [])
}
