import { computed, type ComputedRef } from 'vue'

import { isAnswer, type LiveAnswer } from '@/domain/conversation'
import { type Source, sourcesOf } from '@/domain/sources'
import { partsText } from '@/domain/timeline'
import type { AnswerHeader, AnswerMessage, Council, FileRead, LiveStatus, Part, Status } from '@/protocol/types.gen'
import { useChat } from '@/stores/chat'

import { useConnection } from '../stores/connection'
import { useNow } from './useNow'

export interface AnswerView {
  live: ComputedRef<LiveAnswer | undefined>
  /** What was said of it as it began: the same while its words come. */
  header: ComputedRef<AnswerHeader | undefined>
  done: ComputedRef<AnswerMessage | undefined>
  model: ComputedRef<string>
  speaker: ComputedRef<string>
  synthesis: ComputedRef<AnswerMessage['synthesis'] | null>
  /** How models ranked the answers that it is made of. */
  council: ComputedRef<Council | null>
  sources: ComputedRef<Source[]>
  /** Documents were asked, and held nothing about it. */
  foundNothing: ComputedRef<boolean>
  /** How many documents were not read in time. */
  unread: ComputedRef<number>
  /** How the files of its turn were given to the model. */
  files: ComputedRef<readonly FileRead[]>
  status: ComputedRef<Status | LiveStatus>
  parts: ComputedRef<readonly Part[]>
  text: ComputedRef<string>
  hasText: ComputedRef<boolean>
  running: ComputedRef<boolean>
}

/** One answer, whether it streams or has ended: whoever shows it need not care. */
export function useAnswer(id: () => string): AnswerView {
  const chat = useChat()
  const live = computed(() => chat.live.get(id())?.value)
  const done = computed(() => {
    const message = chat.state.messages.get(id())
    return isAnswer(message) ? message : undefined
  })
  const header = computed(() => live.value?.header)
  const head = computed(() => header.value ?? done.value)
  const parts = computed<readonly Part[]>(() => live.value?.parts ?? done.value?.parts ?? [])
  return {
    live,
    header,
    done,
    parts,
    model: computed(() => head.value?.model ?? ''),
    speaker: computed(() => head.value?.speaker ?? ''),
    synthesis: computed(() => head.value?.synthesis ?? null),
    council: computed(() => head.value?.council ?? null),
    sources: computed(() => sourcesOf(head.value?.sources)),
    foundNothing: computed(() => head.value?.sources?.length === 0),
    unread: computed(() => head.value?.unread ?? 0),
    files: computed(() => head.value?.files ?? []),
    status: computed(() => head.value?.status ?? 'queued'),
    text: computed(() => partsText(parts.value, 'text')),
    hasText: computed(() => parts.value.some((part) => part.type === 'text' && part.text !== '')),
    running: computed(() => live.value !== undefined),
  }
}

/** Milliseconds since the answer began, by the server's clock. Ticks only where it is used. */
export function useElapsed(header: () => AnswerHeader | undefined): ComputedRef<number> {
  const connection = useConnection()
  const now = useNow()
  return computed(() => {
    const began = header()?.at
    return began === undefined ? 0 : Math.max(0, now.value + connection.clockOffset - Date.parse(began))
  })
}
