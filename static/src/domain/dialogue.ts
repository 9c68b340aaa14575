/** A dialogue between models: what the form asks for, and who has said how much. Pure. */
import type { AttachmentPart, DialogueCommand, LimitsInput, ParamsInput } from '@/protocol/types.gen'

import type { ConversationState } from './conversation'
import { withoutUnset } from './params'
import { answerOf, type Turn } from './timeline'

export const MOST_PARTICIPANTS = 6
export const LEAST_PARTICIPANTS = 2

type TurnPolicy = NonNullable<DialogueCommand['turn_policy']>

export interface ParticipantDraft {
  key: string
  name: string
  model: string
  system: string
  params: ParamsInput
}

export interface DialogueDraft {
  opening: string
  attachments: AttachmentPart[]
  participants: ParticipantDraft[]
  policy: TurnPolicy
  moderator: string
  turns: string
  tokens: string
  usd: string
  minutes: string
}

export type Obstacle = 'opening' | 'names' | 'same' | 'limits'

/** Why the dialogue cannot begin yet; null where it can. */
export function obstacleOf(draft: DialogueDraft): Obstacle | null {
  const names = draft.participants.map((participant) => participant.name.trim().toLocaleLowerCase())
  if (!draft.opening.trim()) return 'opening'
  if (names.includes('')) return 'names'
  if (new Set(names).size < names.length) return 'same'
  return limitsOf(draft) ? null : 'limits'
}

/** Null where a limit is no number, or out of its bounds. */
export function limitsOf(draft: DialogueDraft): LimitsInput | null {
  const turns = positive(draft.turns)
  const tokens = positive(draft.tokens)
  const usd = positive(draft.usd)
  const minutes = positive(draft.minutes)
  if (!turns || turns > 500 || !Number.isInteger(turns)) return null
  if (tokens === undefined || usd === undefined || minutes === undefined) return null
  return { turns, tokens: tokens && Math.ceil(tokens), usd, seconds: minutes && minutes * 60 }
}

function positive(text: string): number | null | undefined {
  const clean = text.trim().replace(',', '.')
  if (clean === '') return null
  const value = Number(clean)
  return Number.isFinite(value) && value > 0 ? value : undefined
}

export function commandOf(draft: DialogueDraft, id: string): DialogueCommand | null {
  const limits = limitsOf(draft)
  if (!limits) return null
  return {
    type: 'dialogue',
    conversation: null,
    id,
    opening: draft.opening.trim(),
    ...(draft.attachments.length > 0 ? { attachments: draft.attachments.map((part) => part.sha256) } : {}),
    participants: draft.participants.map(({ name, model, system, params }) => ({
      name: name.trim(),
      model,
      system: system.trim(),
      params: { ...withoutUnset(params) },
    })),
    turn_policy: draft.policy,
    ...(draft.policy === 'moderator' && draft.moderator ? { moderator: draft.moderator } : {}),
    limits,
  }
}

export interface SpokenLine {
  readonly id: string
  /** Empty for a person's line. */
  readonly lane: string
}

/** What was said on the shown path, in order. */
export function spokenLines(state: ConversationState, turns: readonly Turn[]): SpokenLine[] {
  return turns.flatMap(({ user, cells }): SpokenLine[] => {
    const spoken = cells.filter((cell) => cell.onPath && answerOf(state, cell.shown))
    return [
      ...(user ? [{ id: user.id, lane: '' }] : []),
      ...spoken.map((cell) => ({ id: cell.shown, lane: cell.lane })),
    ]
  })
}
