/** Turns whose models stay hidden until a vote. Pure. */
import type { AnswerMessage, UserMessage } from '@/protocol/types.gen'

import { type ConversationState, isAnswer, visibleChildren } from './conversation'

/** Whether which model gave which answer to this message is not to be shown yet. */
export function isHidden(state: ConversationState, message: string | null): boolean {
  const asked = state.messages.get(message ?? '')
  if (asked?.role !== 'user' || !asked.blind) return false
  const answers = answersTo(state, asked.id)
  if (answers.some((answer) => state.votes.has(answer.id))) return false
  return (
    answers.length === 0 ||
    isAnswering(state, asked.id) ||
    answers.filter((answer) => answer.status !== 'failed').length > 1
  )
}

/** Whether any answer to the message streams: until none does, none is shown, so that no speed tells a model. */
function isAnswering(state: ConversationState, message: string): boolean {
  return [...state.live.values()].some(({ header }) => header.parent === message)
}

function answersTo(state: ConversationState, message: string): AnswerMessage[] {
  return visibleChildren(state, message)
    .map((id) => state.messages.get(id))
    .filter((answer): answer is AnswerMessage => isAnswer(answer))
}

/**
 * The lanes of a blind message in the order in which they stand: as a draw by the message's random id gives
 * it, the same on every device and after every reload.
 */
export function shuffledOrder(asked: UserMessage): string[] {
  return [...asked.lanes].sort((one, other) => lot(asked.id, one) - lot(asked.id, other) || (one < other ? -1 : 1))
}

/** FNV-1a, and murmur's last step so that near words have far numbers. */
function lot(message: string, lane: string): number {
  let hash = 0x811c9dc5
  for (const letter of `${message} ${lane}`) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
