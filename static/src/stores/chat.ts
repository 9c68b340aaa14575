import { defineStore } from 'pinia'
import { computed, nextTick, ref, type ShallowRef, shallowReactive, shallowRef, triggerRef } from 'vue'

import {
  applyEvents,
  type ConversationState,
  emptyConversation,
  fillElided,
  isAnswer,
  lastLeaf,
  type LiveAnswer,
  primaryLeaf,
} from '@/domain/conversation'
import { laneKey, timeline, type Turn } from '@/domain/timeline'
import type { AnyCommand, Event, MessageRecord } from '@/protocol/types.gen'

import { readMessages } from '@/transport/messages'

import { CommandError, useConnection } from './connection'
import { oncePerFrame } from './oncePerFrame'

const KEPT_STATES = 5
const ELIDED_BATCH = 40

type Phase = 'none' | 'loading' | 'ready' | 'missing' | 'failed'

/** The conversation on the page: its state, followed live, and what a reader does to it. */
export const useChat = defineStore('chat', () => {
  const connection = useConnection()
  const id = ref<string | null>(null)
  const phase = ref<Phase>('none')
  /** Changes with records and with the beginning and end of answers, never with a mere delta. */
  const state = shallowRef<ConversationState>(emptyConversation(''))
  /** Each streaming answer has a cell of its own, so that its tokens re-render nothing else. */
  const live = shallowReactive(new Map<string, ShallowRef<LiveAnswer>>())
  const picked = shallowRef<ReadonlyMap<string, string>>(new Map())
  /** A message that a reader looked for, and is to be brought before their eyes. */
  const sought = ref<string | null>(null)
  /** The conversation that is to be begun is to be kept in memory alone. */
  const wantsTemporary = ref(false)
  const temporaries = ref<ReadonlySet<string>>(new Set())
  const announcement = ref<{ kind: 'start' | 'waiting' | Ended; answer: string } | null>(null)

  /** Answers of which it was told that they began: one that waited for a person goes on and does not begin. */
  const begun = new Set<string>()
  const flushSoon = oncePerFrame(flush)
  const kept = new Map<string, ConversationState>()
  const wanted = new Set<string>()
  let memory: Parameters<typeof timeline>[3] = new Map()
  let newest = state.value
  let buffer: Event[] = []
  let synced = false
  let opening = 0

  const turns = computed<Turn[]>(() => timeline(state.value, picked.value, state.value.head, memory))
  const streaming = computed(() => live.size > 0)
  /** Read apart from the state, which changes with each record: who shows only this is drawn again for nothing else. */
  const readonly = computed(() => state.value.readonly)
  const dialogue = computed(() => state.value.settings.dialogue)
  const temporary = computed(() => (id.value === null ? wantsTemporary.value : isTemporary(id.value)))

  function isTemporary(conversation: string): boolean {
    return temporaries.value.has(conversation)
  }

  function setTemporary(conversation: string, is: boolean): void {
    if (is === isTemporary(conversation)) return
    const others = [...temporaries.value].filter((one) => one !== conversation)
    temporaries.value = new Set(is ? [...others, conversation] : others)
  }

  /** Follows another conversation; null: none (a new one is being written). */
  async function open(conversation: string | null): Promise<void> {
    if (conversation === id.value && phase.value !== 'failed') return
    leave()
    id.value = conversation
    wantsTemporary.value = false
    memory = new Map()
    picked.value = new Map()
    sought.value = null
    if (conversation === null) {
      phase.value = 'none'
      show(emptyConversation(''))
      return
    }
    const known = kept.get(conversation)
    phase.value = known ? 'ready' : 'loading'
    show(known ?? emptyConversation(conversation))
    await follow()
  }

  function leave(): void {
    flush()
    const previous = id.value
    synced = false
    if (previous === null) return
    if (phase.value === 'ready') {
      kept.delete(previous)
      kept.set(previous, newest)
      for (const oldest of kept.keys()) if (kept.size > KEPT_STATES) kept.delete(oldest)
    }
    void connection.request({ type: 'close', conversation: previous }).catch(() => {})
  }

  async function follow(): Promise<void> {
    const conversation = id.value
    if (conversation === null) return
    opening += 1
    const mine = opening
    synced = false
    try {
      await connection.request({ type: 'open', conversation })
    } catch (failure) {
      if (mine !== opening || conversation !== id.value) return
      const code = failure instanceof CommandError ? failure.code : 'internal'
      if (code === 'not_found' || code === 'forbidden') phase.value = 'missing'
      else if (phase.value === 'loading' && code !== 'unreachable') phase.value = 'failed'
    }
  }

  function receive(event: Event): void {
    if (!('conversation' in event) || event.conversation !== id.value || event.type === 'ack') return
    if (event.type === 'activity') {
      setTemporary(event.conversation, false)
      // Deleted on another device, or by its administrator: what is shown cannot be answered any more.
      if (event.removed) phase.value = 'missing'
      return
    }
    if (event.type === 'snapshot') {
      setTemporary(event.conversation, event.temporary ?? false)
      buffer = [event]
      synced = true
      flush()
      phase.value = 'ready'
      return
    }
    // Until the snapshot is here, what comes is in it.
    if (!synced) return
    buffer.push(event)
    flushSoon()
  }

  function flush(): void {
    if (buffer.length === 0) return
    const events = buffer
    buffer = []
    const known = newest.messages
    show(applyEvents(newest, events))
    announce(events, known)
    if (newest.gap) {
      newest = { ...newest, gap: false }
      void follow()
    }
  }

  function show(now: ConversationState): void {
    const before = newest
    newest = now
    const changed = now.id !== before.id || structureChanged(before, now)
    for (const [answer, value] of now.live) {
      const cell = live.get(answer)
      if (!cell) live.set(answer, shallowRef(value))
      else if (cell.value !== value) cell.value = value
    }
    if (changed) state.value = now
    for (const answer of live.keys()) {
      if (!now.live.has(answer)) live.delete(answer)
    }
  }

  /** From the events and not from the states: a short answer begins and ends between two frames. */
  function announce(events: readonly Event[], known: ConversationState['messages']): void {
    for (const event of events) {
      const waits = waitingIn(event)
      if (waits !== undefined) {
        announcement.value = { kind: 'waiting', answer: waits }
      } else if (event.type === 'start' && event.message.status === 'streaming' && !begun.has(event.message.id)) {
        begun.add(event.message.id)
        announcement.value = { kind: 'start', answer: event.message.id }
      } else if (
        event.type === 'record' &&
        event.record.type === 'message' &&
        isAnswer(event.record) &&
        !known.has(event.record.id)
      ) {
        announcement.value = { kind: event.record.status, answer: event.record.id }
      }
    }
  }

  /** Asks for messages that the snapshot left out; called as they scroll into view. */
  function requestMessages(messages: readonly string[]): void {
    const missing = messages.filter((message) => newest.messages.get(message)?.elided && !wanted.has(message))
    if (missing.length === 0) return
    if (wanted.size === 0) queueMicrotask(() => void fetchWanted())
    for (const message of missing) wanted.add(message)
  }

  async function fetchWanted(): Promise<void> {
    const conversation = id.value
    if (conversation === null) return wanted.clear()
    const batch = [...wanted].slice(0, ELIDED_BATCH)
    try {
      const messages = await readMessages(connection.http, conversation, batch)
      if (conversation !== id.value) return
      addMessages(messages)
    } catch {
      // They stay elided; the next scroll asks again.
    } finally {
      for (const message of batch) wanted.delete(message)
      if (wanted.size > 0 && conversation === id.value) void fetchWanted()
      else wanted.clear()
    }
  }

  /** What of the shown path has still to be fetched. */
  function elidedOnPath(): string[] {
    const ids = turns.value.flatMap((turn) => [turn.user?.id ?? '', ...turn.cells.map((cell) => cell.shown)])
    return ids.filter((message) => newest.messages.get(message)?.elided)
  }

  function addMessages(messages: readonly MessageRecord[]): void {
    newest = fillElided(newest, messages)
    state.value = newest
  }

  /** When it resolves, what the command changed is on the page: its events come before its answer. */
  async function command(make: (conversation: string) => AnyCommand): Promise<unknown> {
    const conversation = id.value
    if (conversation === null) return undefined
    const answer = await connection.request(make(conversation))
    flush()
    return answer
  }

  const stop = (message?: string): Promise<unknown> =>
    command((conversation) => ({ type: 'stop', conversation, message }))

  function pick(turn: string, lane: string, answer: string): void {
    picked.value = new Map([...picked.value, [laneKey(turn, lane), answer]])
  }

  /** Looks at another version of an answer; where the conversation goes on from it, the path moves too. */
  function showVersion(turn: Turn, lane: string, answer: string): Promise<unknown> {
    pick(turn.key, lane, answer)
    const onPath = turn.cells.some((cell) => cell.lane === lane && cell.onPath)
    return onPath && state.value.messages.has(answer) ? goTo(answer) : Promise.resolve()
  }

  /** Has what is shown hold that message: by looking at its version of an answer, or by going to its branch. */
  async function reveal(message: string): Promise<void> {
    const { messages, deleted } = state.value
    const record = messages.get(message)
    if (!record || deleted.has(message)) return
    const beside = isAnswer(record) ? turns.value.find((turn) => turn.key === record.parent) : undefined
    if (beside && isAnswer(record)) pick(beside.key, record.lane, message)
    else if (!turns.value.some((turn) => turn.key === message)) await goTo(message)
    sought.value = message
  }

  /** Brings a message of the shown path, or an answer that streams there, before a reader's eyes. */
  async function seek(message: string): Promise<void> {
    sought.value = null
    await nextTick()
    sought.value = message
  }

  /** Shows the branch that a message stands on, to its end. */
  function goTo(message: string): Promise<unknown> {
    const last = lastLeaf(state.value, message) ?? message
    return endAt(last === message ? message : primaryLeaf(state.value, last))
  }

  /** Shows the conversation up to that message, though others may go on from it. */
  function endAt(message: string): Promise<unknown> {
    return command((conversation) => ({ type: 'head', conversation, message }))
  }

  function start(): void {
    connection.onEvent(receive)
    connection.onReady(() => void follow())
  }

  function refresh(): void {
    triggerRef(state)
  }

  return {
    id,
    phase,
    state,
    live,
    turns,
    streaming,
    readonly,
    dialogue,
    temporary,
    wantsTemporary,
    isTemporary,
    setTemporary,
    announcement,
    open,
    follow,
    requestMessages,
    elidedOnPath,
    addMessages,
    command,
    stop,
    sought,
    reveal,
    seek,
    showVersion,
    pick,
    goTo,
    endAt,
    start,
    refresh,
  }
})

/** An answer that waits for its person, whether that began now or before the page looked. */
function waitingIn(event: Event): string | undefined {
  const headers =
    event.type === 'start' ? [event.message] : event.type === 'snapshot' ? event.live.map((live) => live.message) : []
  return headers.find((header) => header.status === 'waiting')?.id
}

type Ended = 'complete' | 'stopped' | 'failed' | 'interrupted'

function structureChanged(before: ConversationState, now: ConversationState): boolean {
  const { live: liveBefore, gap: gapBefore, ...rest } = before
  void gapBefore
  const same = (Object.keys(rest) as (keyof typeof rest)[]).every((name) => before[name] === now[name])
  if (!same || liveBefore.size !== now.live.size) return true
  for (const [answer, value] of now.live) {
    if (liveBefore.get(answer)?.header !== value.header) return true
  }
  return false
}
