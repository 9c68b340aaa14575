/**
 * What a conversation's records and events add up to. Pure: no clock, no network, no Vue.
 *
 * The rules of the tree (which leaf is shown, what a deletion hides) are those of docs/file-format.md;
 * the server's conversations/tree.py follows the same ones.
 */
import { DEFAULT_SETTINGS } from '@/protocol/types.gen'
import type {
  AnswerHeader,
  AnswerMessage,
  CurrentSettings,
  Delta,
  Dialogue,
  Event,
  FileRecord,
  Live,
  MessageRecord,
  Note,
  Part,
  PartEvent,
  Snapshot,
  SummaryRecord,
  VoteRecord,
} from '@/protocol/types.gen'

import { Draft } from './draft'
import { orderOf } from './roles'
import { applyVote } from './votes'

export interface LiveAnswer {
  readonly header: AnswerHeader
  /** Number of the next delta. */
  readonly seq: number
  readonly parts: readonly Part[]
  /** The last part came whole: a delta begins another one. */
  readonly closed?: boolean
  readonly notes: readonly Note[]
}

interface ConversationSettings extends Readonly<CurrentSettings> {
  /** Not null: models talk with each other here. */
  readonly dialogue: Dialogue | null
}

export interface ConversationState {
  readonly id: string
  readonly readonly: boolean
  /** The conversation whose questions this one asks again. */
  readonly replayOf: string | null
  readonly settings: ConversationSettings
  readonly messages: ReadonlyMap<string, MessageRecord>
  /** Key '' stands for the beginnings of the conversation. */
  readonly children: ReadonlyMap<string, readonly string[]>
  readonly live: ReadonlyMap<string, LiveAnswer>
  readonly head: string | null
  readonly headChosen: boolean
  readonly branches: ReadonlyMap<string, string>
  readonly votes: ReadonlyMap<string, VoteRecord>
  readonly deleted: ReadonlySet<string>
  /** By the last message that each stands for. */
  readonly summaries: ReadonlyMap<string, readonly SummaryRecord[]>
  /** A delta is missing: nothing of it can be guessed, the conversation has to be opened again. */
  readonly gap: boolean
}

export const ROOT = ''

const FIRST_SETTINGS: ConversationSettings = { ...DEFAULT_SETTINGS, dialogue: null }

export function emptyConversation(id: string): ConversationState {
  return {
    id,
    readonly: false,
    replayOf: null,
    settings: FIRST_SETTINGS,
    messages: new Map(),
    children: new Map(),
    live: new Map(),
    head: null,
    headChosen: false,
    branches: new Map(),
    votes: new Map(),
    deleted: new Set(),
    summaries: new Map(),
    gap: false,
  }
}

export function isAnswer(message: MessageRecord | undefined): message is AnswerMessage {
  return message?.role === 'assistant'
}

export function visibleChildren(state: ConversationState, parent: string | null): string[] {
  return (state.children.get(parent ?? ROOT) ?? []).filter((id) => !state.deleted.has(id))
}

/** Ids from the root to `leaf`; starts below a message that is missing. */
export function pathTo(state: ConversationState, leaf: string | null): string[] {
  const path = new Set<string>()
  let at = leaf
  while (at !== null && !path.has(at)) {
    const message = state.messages.get(at) ?? state.live.get(at)?.header
    if (!message) break
    path.add(at)
    at = message.parent
  }
  return [...path].reverse()
}

/** The leaf below a message that was added last: what one means by "go to that branch". */
export function lastLeaf(state: ConversationState, message: string | null): string | null {
  let at = message
  const seen = new Set<string>()
  for (;;) {
    const next = visibleChildren(state, at).at(-1)
    if (next === undefined || seen.has(next)) return at
    seen.add(next)
    at = next
  }
}

/** Of a leaf and the other answers to its message from which nothing goes on: where the conversation would go on by itself. */
export function primaryLeaf(state: ConversationState, leaf: string): string {
  const message = state.messages.get(leaf)
  if (!isAnswer(message) || state.messages.get(message.parent ?? '')?.role !== 'user') return leaf
  const open = visibleChildren(state, message.parent).filter((id) => visibleChildren(state, id).length === 0)
  return firstOf(state, open) ?? leaf
}

/** Of several answers to one message the one that goes on by itself: of the same lane the last. */
export function firstOf(state: ConversationState, ids: readonly string[]): string | undefined {
  const answers = ids
    .map((id) => state.messages.get(id))
    .filter((message): message is AnswerMessage => isAnswer(message))
  const [first, ...others] = answers
  if (!first) return undefined
  return others.reduce((best, answer) => (rank(state, answer) <= rank(state, best) ? answer : best), first).id
}

/** Folds events into the state. Events of other conversations change nothing. */
export function applyEvents(state: ConversationState, events: Iterable<Event>): ConversationState {
  const draft = new Draft(state)
  for (const event of events) applyEvent(draft, event)
  return draft.state
}

function applyEvent(draft: Draft, event: Event): void {
  if (!('conversation' in event) || event.conversation !== draft.state.id) return
  switch (event.type) {
    case 'snapshot':
      draft.reset(fromSnapshot(event))
      break
    case 'record':
      applyRecord(draft, event.record)
      break
    case 'start':
      applyStart(draft, event.message)
      break
    case 'delta':
      applyNumbered(draft, event, (live) => withDelta(live, event))
      break
    case 'part':
      applyNumbered(draft, event, ({ parts }) => ({ parts: [...parts, event.part], closed: true }))
      break
    case 'note':
      applyNote(draft, event)
      break
    default:
      break
  }
}

export function fromSnapshot(snapshot: Snapshot): ConversationState {
  const draft = new Draft({ ...emptyConversation(snapshot.conversation), readonly: snapshot.readonly ?? false })
  for (const record of snapshot.records) applyRecord(draft, record)
  for (const live of snapshot.live) takeLive(draft, live)
  return draft.state
}

function takeLive(draft: Draft, { message, seq, parts }: Live): void {
  if (!draft.state.messages.has(message.id)) draft.live().set(message.id, { header: message, seq, parts, notes: [] })
}

function applyStart(draft: Draft, header: AnswerHeader): void {
  if (draft.state.messages.has(header.id)) return
  const known = draft.state.live.get(header.id)
  draft.live().set(header.id, known ? { ...known, header } : { header, seq: 0, parts: [], notes: [] })
}

type Grown = Pick<LiveAnswer, 'parts' | 'closed'>

/** Deltas and whole parts count with the same numbers: one that is missing is a gap, one that came before is passed over. */
function applyNumbered(draft: Draft, { message, seq }: Delta | PartEvent, grow: (live: LiveAnswer) => Grown): void {
  if (draft.state.messages.has(message)) return
  const live = draft.state.live.get(message)
  if (!live || seq > live.seq) {
    draft.set('gap', true)
    return
  }
  if (seq < live.seq) return
  const notes = live.notes.some(isPassing) ? live.notes.filter((note) => !isPassing(note)) : live.notes
  draft.live().set(message, { ...live, ...grow(live), seq: seq + 1, notes })
}

function withDelta({ parts, closed }: LiveAnswer, { part, text }: Delta): Grown {
  return { parts: closed ? [...parts, { type: part, text }] : withText(parts, part, text), closed: undefined }
}

const PASSING = new Set([
  'retrying',
  'loading',
  'searching',
  'searching_web',
  'reading',
  'reading_files',
  'reading_parts',
  'compacting',
  'ranking',
])

/** Of what is over once text comes; the rest (a cut history, another model) stays true. */
function isPassing(note: Note): boolean {
  return PASSING.has(note.code)
}

function withText(parts: readonly Part[], type: 'text' | 'reasoning', text: string): Part[] {
  const last = parts.at(-1)
  if (last?.type === type && !('signature' in last)) return [...parts.slice(0, -1), { ...last, text: last.text + text }]
  return [...parts, { type, text }]
}

function applyNote(draft: Draft, note: Note): void {
  const live = note.message === undefined ? undefined : draft.state.live.get(note.message)
  if (live) draft.live().set(live.header.id, { ...live, notes: [...live.notes, note] })
}

function applyRecord(draft: Draft, record: FileRecord): void {
  switch (record.type) {
    case 'conversation':
      draft.set('replayOf', record.replay_of?.conversation ?? null)
      draft.set('settings', withSettings(draft.state.settings, record))
      break
    case 'settings':
      draft.set('settings', withSettings(draft.state.settings, record))
      break
    case 'message':
      addMessage(draft, record)
      break
    case 'branch':
      draft.branches().set(record.name, record.head)
      break
    case 'head':
      chooseHead(draft, record.message)
      break
    case 'vote':
      applyVote(draft.votes(), record)
      break
    case 'summary':
      draft.summaries().set(record.covers, [...(draft.state.summaries.get(record.covers) ?? []), record])
      break
    case 'delete':
      deleteBelow(draft, record.message)
      break
    default:
      // Record types of later versions are kept by the server; this page has no use for them.
      break
  }
}

const SETTING_NAMES = Object.keys(FIRST_SETTINGS) as (keyof ConversationSettings)[]

function withSettings(settings: ConversationSettings, record: object): ConversationSettings {
  const given = record as Partial<ConversationSettings>
  const changed = SETTING_NAMES.filter((name) => given[name] !== undefined)
  return { ...settings, ...Object.fromEntries(changed.map((name) => [name, given[name]])) }
}

function addMessage(draft: Draft, message: MessageRecord): void {
  const known = draft.state.messages.get(message.id)
  if (draft.state.live.has(message.id)) draft.live().delete(message.id)
  if (known) {
    // The same id again: the later words, in the earlier place. Words that are only elided are no words.
    if (!message.elided || known.elided) draft.messages().set(message.id, { ...message, parent: known.parent })
    return
  }
  draft.messages().set(message.id, message)
  draft.childrenOf(message.parent ?? ROOT).push(message.id)
  // What was sent while it streamed hangs below it already.
  if (message.parent !== null && draft.state.deleted.has(message.parent)) deleteBelow(draft, message.id)
  else if (movesHead(draft.state, message)) setHead(draft, message.id, false)
}

function setHead(draft: Draft, head: string | null, chosen: boolean): void {
  draft.set('head', head)
  draft.set('headChosen', chosen)
}

/**
 * A person's words are always shown next. An answer is where it goes on from what is shown; of several
 * answers to one message the lanes' roles and then their asked order decide, not who was faster, and a failed
 * one only stands where there is no better. What a person chose gives way only to the same lane.
 */
function movesHead(state: ConversationState, message: MessageRecord): boolean {
  const { parent } = message
  if (!isAnswer(message) || parent === state.head || parent === null || !state.messages.has(parent)) return true
  const shown = state.messages.get(state.head ?? '')
  if (!isAnswer(shown) || shown.parent !== parent) return false
  if (shown.lane === message.lane) return message.status !== 'failed' || shown.status === 'failed'
  return !state.headChosen && rank(state, message) < rank(state, shown)
}

function rank(state: ConversationState, answer: AnswerMessage): number {
  const asked = state.messages.get(answer.parent ?? '')
  const lanes = asked?.role === 'user' ? asked.lanes : []
  const place = lanes.indexOf(answer.lane)
  const failed = answer.status === 'failed' ? 1_000_000 : 0
  return failed + orderOf(state.settings.lanes, answer.lane) * 1_000 + (place < 0 ? lanes.length : place)
}

function chooseHead(draft: Draft, message: string): void {
  if (draft.state.messages.has(message) && !draft.state.deleted.has(message)) setHead(draft, message, true)
}

function deleteBelow(draft: Draft, message: string): void {
  const record = draft.state.messages.get(message)
  if (!record || draft.state.deleted.has(message)) return
  const deleted = draft.deleted()
  const ahead = [message]
  for (let at = ahead.pop(); at !== undefined; at = ahead.pop()) {
    deleted.add(at)
    ahead.push(...(draft.state.children.get(at) ?? []).filter((id) => !deleted.has(id)))
  }
  if (draft.state.head !== null && deleted.has(draft.state.head)) {
    const parent =
      record.parent !== null && draft.state.messages.has(record.parent) && !deleted.has(record.parent)
        ? record.parent
        : null
    setHead(draft, lastLeaf(draft.state, parent), false)
  }
}

/** Puts the parts that came later (GET …/messages) into their elided places. */
export function fillElided(state: ConversationState, messages: Iterable<MessageRecord>): ConversationState {
  const draft = new Draft(state)
  for (const message of messages) {
    const known = draft.state.messages.get(message.id)
    if (known?.elided && !message.elided) draft.messages().set(message.id, { ...message, parent: known.parent })
  }
  return draft.state
}
