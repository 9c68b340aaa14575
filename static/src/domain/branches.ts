/** The ways through a conversation: where each ends, and where two of them part. Pure. */
import { type ConversationState, isAnswer, lastLeaf, pathTo, primaryLeaf, visibleChildren } from './conversation'

export interface Branch {
  /** The message at its end. */
  readonly end: string
  readonly names: readonly string[]
  /** What people and, in a dialogue, models have said on it. */
  readonly turns: number
  /** Its first message that is not on the shown path; null for the shown one. */
  readonly parts: string | null
}

/** The shown one first, then the newest first. Answers of several lanes to one message are one branch. */
export function branchesOf(state: ConversationState): Branch[] {
  const shown = new Set(pathTo(state, state.head))
  const ends = endsOf(state, shown)
  const names = namesByTurn(state)
  return [...ends]
    .map(([turn, end]) => {
      const path = pathTo(state, end)
      const parts = path.find((id) => !shown.has(id) && !isAnswer(state.messages.get(id))) ?? path.find((id) => !shown.has(id))
      return { end, names: names.get(turn) ?? [], turns: turnsOn(state, path), parts: shown.has(turn) ? null : (parts ?? null) }
    })
    .reverse()
    .sort((one, other) => Number(one.parts !== null) - Number(other.parts !== null))
}

/** By the turn that is the branch's last. */
function endsOf(state: ConversationState, shown: ReadonlySet<string>): Map<string, string> {
  const leaves: string[] = []
  for (const [id] of state.messages) {
    if (state.deleted.has(id)) continue
    if (visibleChildren(state, id).length === 0) leaves.push(id)
  }
  const ends = new Map<string, string>()
  for (const leaf of leaves) {
    const turn = turnOf(state, leaf)
    // An answer that nobody chose is no branch where another answer to the same message goes on.
    if (isAnswer(state.messages.get(leaf)) && turn !== leaf && goesOnPastAnswers(state, turn)) continue
    if (!ends.has(turn) || shown.has(leaf)) ends.set(turn, shown.has(leaf) ? leaf : primaryLeaf(state, leaf))
  }
  return ends
}

function goesOnPastAnswers(state: ConversationState, turn: string): boolean {
  return visibleChildren(state, turn).some((answer) => visibleChildren(state, answer).length > 0)
}

/** The message that an answer answers; a line of a dialogue stands for itself. */
function turnOf(state: ConversationState, id: string): string {
  const message = state.messages.get(id)
  if (!isAnswer(message) || message.speaker || message.parent === null) return id
  return state.messages.get(message.parent)?.role === 'user' ? message.parent : id
}

function namesByTurn(state: ConversationState): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const [name, head] of state.branches) {
    if (!state.messages.has(head) || state.deleted.has(head)) continue
    const turn = turnOf(state, lastLeaf(state, head) ?? head)
    names.set(turn, [...(names.get(turn) ?? []), name])
  }
  return names
}

function turnsOn(state: ConversationState, path: readonly string[]): number {
  return path.filter((id) => turnOf(state, id) === id).length
}

export interface Fork {
  /** Turns that both have. */
  readonly common: number
  /** Messages of each, from where they part. */
  readonly sides: readonly [readonly string[], readonly string[]]
}

export function fork(state: ConversationState, one: string, other: string): Fork {
  const first = pathTo(state, one)
  const second = pathTo(state, other)
  let place = 0
  while (place < first.length && first[place] === second[place]) place += 1
  return { common: turnsOn(state, first.slice(0, place)), sides: [first.slice(place), second.slice(place)] }
}
