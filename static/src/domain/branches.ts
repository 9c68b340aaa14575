/** The ways through a conversation: where each ends, and where two of them part. Pure. */
import { type ConversationState, firstOf, isAnswer, pathTo, primaryLeaf, visibleChildren } from './conversation'

export interface Branch {
  /** The message at its end. */
  readonly end: string
  readonly names: readonly string[]
  /** What people and, in a dialogue, models have said on it. */
  readonly turns: number
  readonly shown: boolean
  /** Its first message that is not on the shown path, if any. */
  readonly parts: string | null
  /** Others go on from its end: the last message there that says where that is. */
  readonly within: string | null
}

/**
 * The shown one first, then the newest first. Answers of several lanes to one message are one branch. A name
 * that does not stand at the end of one of these has a branch of its own, which ends where it was given.
 */
export function branchesOf(state: ConversationState): Branch[] {
  const shown = new Set(pathTo(state, state.head))
  const ways = endsOf(state, shown)
  const names = namesByEnd(state, ways)
  const leaves = new Set(ways.values())
  const current = state.head === null ? null : (ways.get(turnOf(state, state.head)) ?? state.head)
  const age = new Map([...state.messages.keys()].map((id, place) => [id, place]))
  return [...new Set([...leaves, ...names.keys(), ...(current === null ? [] : [current])])]
    .sort((one, other) => (age.get(other) ?? 0) - (age.get(one) ?? 0))
    .map((end): Branch => {
      const path = pathTo(state, end)
      const beyond = path.filter((id) => !shown.has(id))
      return {
        end,
        names: names.get(end) ?? [],
        turns: turnsOn(state, path),
        shown: end === current,
        parts: beyond.find((id) => !isAnswer(state.messages.get(id))) ?? beyond[0] ?? null,
        within: leaves.has(end) ? null : turnOf(state, end),
      }
    })
    .sort((one, other) => Number(other.shown) - Number(one.shown))
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

/** By the message that each name leads to. */
function namesByEnd(state: ConversationState, ways: ReadonlyMap<string, string>): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const [name, head] of state.branches) {
    if (!state.messages.has(head) || state.deleted.has(head)) continue
    const end = isAnswer(state.messages.get(head)) ? head : (ways.get(head) ?? answerTo(state, head))
    names.set(end, [...(names.get(end) ?? []), name])
  }
  return names
}

/** A person's message that got a name leads to the answer that would go on by itself; without one, to itself. */
function answerTo(state: ConversationState, message: string): string {
  const answers = visibleChildren(state, message).filter((id) => isAnswer(state.messages.get(id)))
  return firstOf(state, answers) ?? message
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
