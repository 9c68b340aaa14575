/** The shown path of a conversation as turns, and each turn's answers by lane. Pure. */
import type { AnswerHeader, AnswerMessage, UserMessage } from '@/protocol/types.gen'

import { shuffledOrder } from './blind'
import { type ConversationState, isAnswer, pathTo, ROOT, visibleChildren } from './conversation'

/** One lane's place in a turn: its answers, oldest first, and the one that is shown. */
export interface Cell {
  readonly lane: string
  readonly versions: readonly string[]
  readonly shown: string
  /** The conversation goes on from this answer. */
  readonly onPath: boolean
}

export interface Turn {
  readonly key: string
  /** Null where an answer follows an answer (a dialogue between models). */
  readonly user: UserMessage | null
  readonly siblings: readonly string[]
  readonly cells: readonly Cell[]
}

export type AnyAnswer = AnswerMessage | AnswerHeader

export function answerOf(state: ConversationState, id: string): AnyAnswer | undefined {
  const message = state.messages.get(id)
  return isAnswer(message) ? message : state.live.get(id)?.header
}

export function laneKey(turn: string, lane: string): string {
  return `${turn} ${lane}`
}

type Picked = ReadonlyMap<string, string>

interface Remembered {
  readonly from: readonly unknown[]
  readonly turn: Turn
}

/**
 * The turns of the shown path. `picked`: versions that a reader looks at without making them the path
 * (see laneKey). `memory`: turns of which nothing changed come back as the same objects; a conversation of
 * 5,000 turns costs a look at each, and only what changed is drawn again.
 */
export function timeline(
  state: ConversationState,
  picked: Picked = new Map(),
  leaf: string | null = state.head,
  memory: Map<string, Remembered> = new Map(),
): Turn[] {
  const path = pathTo(state, leaf)
  const live = liveByParent(state)
  const turns = path.flatMap((id, place): Turn[] => {
    const message = state.messages.get(id)
    if (message?.role === 'user') return [remember(memory, state, message, live.get(id), path[place + 1], picked)]
    return isSpoken(state, id) ? [spokenTurn(state, id)] : []
  })
  const next = (live.get(path.at(-1) ?? '') ?? []).filter((id) => isSpoken(state, id))
  return [...turns, ...next.map((id) => spokenTurn(state, id))]
}

function remember(
  memory: Map<string, Remembered>,
  state: ConversationState,
  user: UserMessage,
  live: readonly string[] | undefined,
  followed: string | undefined,
  picked: Picked,
): Turn {
  const { children, deleted } = state
  const { lanes } = state.settings
  const from = [
    user,
    lanes,
    children.get(user.id),
    children.get(user.parent ?? ROOT),
    deleted,
    live?.join(' '),
    followed,
    picked,
  ]
  const known = memory.get(user.id)
  if (known?.from.every((part, index) => part === from[index])) return known.turn
  const turn = askedTurn(state, user, live ?? [], followed, picked)
  memory.set(user.id, { from, turn })
  return turn
}

function liveByParent(state: ConversationState): Map<string, string[]> {
  const byParent = new Map<string, string[]>()
  for (const { header } of state.live.values()) {
    const parent = header.parent ?? ''
    byParent.set(parent, [...(byParent.get(parent) ?? []), header.id])
  }
  return byParent
}

function askedTurn(
  state: ConversationState,
  user: UserMessage,
  live: readonly string[],
  followed: string | undefined,
  picked: Picked,
): Turn {
  const children = visibleChildren(state, user.id).filter((child) => isAnswer(state.messages.get(child)))
  const answers = [...children, ...live].filter((child) => !isSpoken(state, child))
  const siblings = visibleChildren(state, user.parent).filter((sibling) => state.messages.get(sibling)?.role === 'user')
  const lanes = user.blind
    ? shuffledOrder(user)
    : inOrder(
        user.lanes,
        state.settings.lanes.map((lane) => lane.id),
      )
  return { key: user.id, user, siblings, cells: cellsOf(state, user.id, lanes, answers, followed, picked) }
}

/** As the conversation's lanes stand now; one that has left it keeps its place. */
function inOrder(asked: readonly string[], now: readonly string[]): readonly string[] {
  const present = now.filter((lane) => asked.includes(lane))
  let next = 0
  return asked.map((lane) => (present.includes(lane) ? (present[next++] ?? lane) : lane))
}

/** A line of a dialogue, which is a turn by itself. */
function isSpoken(state: ConversationState, id: string): boolean {
  const answer = answerOf(state, id)
  return (
    answer !== undefined && (answer.speaker !== undefined || state.messages.get(answer.parent ?? '')?.role !== 'user')
  )
}

/** Its versions are all lines that were said in its place, whoever spoke. */
function spokenTurn(state: ConversationState, id: string): Turn {
  const answer = answerOf(state, id)
  const versions = answer?.parent ? visibleChildren(state, answer.parent).filter((child) => isSpoken(state, child)) : []
  if (!versions.includes(id)) versions.push(id)
  return { key: id, user: null, siblings: [], cells: [{ lane: answer?.lane ?? '', versions, shown: id, onPath: true }] }
}

function cellsOf(
  state: ConversationState,
  turn: string,
  asked: readonly string[],
  answers: readonly string[],
  followed: string | undefined,
  picked: Picked,
): Cell[] {
  const byLane = new Map<string, string[]>(asked.map((lane) => [lane, []]))
  for (const id of answers) {
    const lane = answerOf(state, id)?.lane ?? ''
    byLane.set(lane, [...(byLane.get(lane) ?? []), id])
  }
  return [...byLane].flatMap(([lane, versions]) => {
    const last = versions.at(-1)
    if (last === undefined) return []
    const chosen = picked.get(laneKey(turn, lane))
    const running = state.live.has(last) ? last : undefined
    const shown =
      chosen !== undefined && versions.includes(chosen)
        ? chosen
        : (running ?? versions.find((id) => id === followed) ?? last)
    return [{ lane, versions, shown, onPath: shown === followed }]
  })
}

export function partsText(parts: readonly { type: string; text?: string }[], type: 'text' | 'reasoning'): string {
  return parts.flatMap((part) => (part.type === type && part.text !== undefined ? [part.text] : [])).join('')
}
