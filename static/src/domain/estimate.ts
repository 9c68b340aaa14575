/** What a lane's next request will carry, as far as the page can tell. Pure. */
import type { AnswerMessage, Lane } from '@/protocol/types.gen'

import { type ConversationState, isAnswer } from './conversation'
import type { Turn } from './timeline'

const CHARS_PER_TOKEN = 4

/**
 * Tokens of the conversation so far as that lane will be sent it: what its last answer was asked with and has
 * said. One that has not answered yet is taken to be sent as much as another lane was. `memory`: tokens of what
 * will be told of the person now, whatever was told then. `tools`: tokens of the definitions of tools; where an
 * answer is known, they were in what it was asked with.
 */
export function tokensSoFar(
  state: ConversationState,
  turns: readonly Turn[],
  lane: Lane,
  memory: number,
  tools = 0,
): number {
  for (const turn of turns.toReversed()) {
    const answers = turn.cells
      .map((cell) => state.messages.get(cell.shown))
      .filter((message): message is AnswerMessage => isAnswer(message))
    const counted = answers.filter((answer) => answer.usage.input !== null)
    const answer = counted.find((one) => one.lane === lane.id) ?? counted[0]
    if (answer)
      return (
        (answer.usage.input ?? 0) -
        (answer.memory ?? 0) +
        memory +
        (answer.usage.output ?? 0) -
        (answer.usage.reasoning ?? 0)
      )
  }
  return Math.ceil((lane.system?.length ?? 0) / CHARS_PER_TOKEN) + memory + tools
}

/** Of a window, what files may take. */
const FILES_SHARE = 0.75

/**
 * Tokens of the files of a draft for each lane, by its window (null: nobody knows). A file that does not fit is read part
 * by part, once: the first lane pays for that.
 */
export function tokensOfFiles(tokens: number, windows: readonly (number | null)[]): number[] {
  const rooms = windows.map((window) => (window === null ? tokens : Math.floor(window * FILES_SHARE)))
  const isPassed = rooms.some((room) => room < tokens)
  return rooms.map((room, lane) => Math.min(room, tokens) + (isPassed && lane === 0 ? tokens : 0))
}

export type Scope = 'day' | 'user' | 'conversation' | 'folder'

/** USD. `unpriced`: requests of which nobody knows the cost; they are in no sum. */
export interface Limit {
  scope: Scope
  soft: number | null
  hard: number | null
  spent: number
  unpriced: number
}

export type Level = 'ok' | 'soft' | 'hard'

export function levelOf({ soft, hard, spent }: Limit): Level {
  if (hard !== null && spent >= hard) return 'hard'
  return soft !== null && spent >= soft ? 'soft' : 'ok'
}

/** What one must not go beyond; where there is no hard limit, what one would rather not. */
export function highestOf({ hard, soft }: Limit): number {
  return hard ?? soft ?? 0
}

/** The limit that decides, where one is reached: a hard one before a soft one. */
export function reachedLimit(limits: readonly Limit[]): Limit | undefined {
  return limits.find((limit) => levelOf(limit) === 'hard') ?? limits.find((limit) => levelOf(limit) === 'soft')
}

/** When that budget begins anew: days and months are UTC's. Null: never. */
export function renewalDate(scope: Scope, now: Date): Date | null {
  if (scope === 'conversation' || scope === 'folder') return null
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
  return new Date(scope === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1))
}
