import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'

import { boot } from '@/boot'
import { LANE_COLOURS } from '@/domain/colours'
import { randomId, splitRef } from '@/domain/ids'
import { applyLaneChange, withRoles } from '@/domain/roles'
import type { History, Lane, LaneInput, Mode, ParamsInput } from '@/protocol/types.gen'

import { useChat } from './chat'
import { useModels } from './models'
import { laneOf, type Persona, usePersonas } from './personas'
import { syncedRef } from './synced'

interface Setup {
  lanes: Lane[]
  mode: Mode
  relay?: boolean
  history: History
  blind?: boolean
}

export function toInput({ id, model, role, system, params, tools }: Lane): LaneInput {
  return {
    id,
    model,
    role: role ?? null,
    system: system ?? null,
    params: (params as ParamsInput | undefined) ?? null,
    tools: tools ?? null,
  }
}

/**
 * The lanes of what is on the page: those of the open conversation (kept by the server), or those a new
 * one will begin with (kept here, as last used).
 */
export const useLanes = defineStore('lanes', () => {
  const chat = useChat()
  const models = useModels()
  const personas = usePersonas()
  const draft = syncedRef<Setup>('new_chat', { lanes: [], mode: 'parallel', history: 'own' })

  /** What the server was asked for and has not yet answered: the next change is made to these. */
  const asked = shallowRef<{ conversation: string; lanes: readonly Lane[] } | null>(null)

  const lanes = computed<readonly Lane[]>(() => {
    if (asked.value && asked.value.conversation === chat.id) return asked.value.lanes
    const { lanes: own } = chat.state.settings
    if (chat.id !== null && own.length > 0) return own
    return draft.value.lanes.length > 0 ? draft.value.lanes : [{ id: 'first', model: boot.defaultModel }]
  })
  const mode = computed<Mode>(() => (chat.id === null ? draft.value.mode : chat.state.settings.mode))
  const history = computed<History>(() => (chat.id === null ? draft.value.history : chat.state.settings.history))
  const relay = computed(
    () => mode.value === 'sequential' && (chat.id === null ? (draft.value.relay ?? false) : chat.state.settings.relay),
  )
  const blind = computed(() => (chat.id === null ? (draft.value.blind ?? false) : chat.state.settings.blind))

  async function set(row: readonly Lane[]): Promise<void> {
    const now = withRoles(row)
    draft.value.lanes = now
    for (const lane of now) if (!lanes.value.some((known) => known.model === lane.model)) models.noteUse(lane.model)
    const mine = chat.id === null ? null : { conversation: chat.id, lanes: now }
    asked.value = mine
    try {
      await chat.command((conversation) => ({ type: 'settings', conversation, lanes: now.map(toInput) }))
    } finally {
      if (asked.value === mine) asked.value = null
    }
  }

  /** All of a new conversation's set-up, or of the one that is open. */
  async function begin(setup: { lanes: readonly Lane[]; mode: Mode; relay: boolean; history: History }): Promise<void> {
    await set(setup.lanes.map((lane) => ({ ...lane, id: randomId(8) })))
    if (mode.value !== setup.mode || relay.value !== setup.relay) await setMode(setup.mode, setup.relay)
    if (history.value !== setup.history) await setHistory(setup.history)
  }

  function add(makeup: Omit<Lane, 'id'>): Promise<void> {
    return set([...lanes.value, { id: randomId(8), ...makeup }])
  }

  /** A lane of that persona; with its model or, where it has none, the first lane's. */
  function addPersona(persona: Persona): Promise<void> {
    return add(laneOf(persona, lanes.value[0]?.model ?? boot.defaultModel))
  }

  function change(id: string, to: Partial<Lane>): Promise<void> {
    return set(applyLaneChange(lanes.value, id, to))
  }

  function remove(id: string): Promise<void> {
    return set(lanes.value.filter((lane) => lane.id !== id))
  }

  async function moveTo(id: string, place: number): Promise<void> {
    const order = [...lanes.value]
    const from = order.findIndex((lane) => lane.id === id)
    if (from === place) return
    const [lane] = order.splice(from, 1)
    if (lane) order.splice(place, 0, lane)
    await set(order)
  }

  async function setMode(to: Mode, relayTo: boolean): Promise<void> {
    Object.assign(draft.value, { mode: to, relay: relayTo })
    await chat.command((conversation) => ({ type: 'settings', conversation, mode: to, relay: relayTo }))
  }

  async function setBlind(to: boolean): Promise<void> {
    draft.value.blind = to
    await chat.command((conversation) => ({ type: 'settings', conversation, blind: to }))
  }

  async function setHistory(to: History): Promise<void> {
    draft.value.history = to
    await chat.command((conversation) => ({ type: 'settings', conversation, history: to }))
  }

  function duplicate(id: string): Promise<void> {
    return set(lanes.value.flatMap((lane) => (lane.id === id ? [lane, { ...lane, id: randomId(8) }] : [lane])))
  }

  /**
   * In a dialogue a participant's name, else the persona's or the model's: with its server where another lane's
   * model is called the same, with its number where it stands in several lanes.
   */
  function label(id: string, model: string): string {
    const speaker = chat.dialogue?.participants.find((one) => one.lane === id)
    if (speaker) return speaker.name
    const lane = lanes.value.find((known) => known.id === id)
    const persona = lane?.model === model ? personas.of(lane) : undefined
    if (persona) return persona.name
    const same = lanes.value.filter((lane) => lane.model === model)
    const place = same.findIndex((lane) => lane.id === id)
    const namesakes = lanes.value.some(
      (lane) => lane.model !== model && models.label(lane.model) === models.label(model),
    )
    const name = namesakes ? `${models.label(model)} (${splitRef(model).server})` : models.label(model)
    return same.length > 1 && place >= 0 ? `${name} ${place + 1}` : name
  }

  /** By its place among the lanes; one that has left the conversation keeps a colour of its own, too. */
  function colour(lane: string): number {
    const place = lanes.value.findIndex((known) => known.id === lane)
    return place >= 0 ? place % LANE_COLOURS : hash(lane) % LANE_COLOURS
  }

  return {
    lanes,
    mode,
    history,
    relay,
    blind,
    set,
    begin,
    add,
    addPersona,
    change,
    remove,
    duplicate,
    label,
    moveTo,
    setMode,
    setHistory,
    setBlind,
    colour,
  }
})

function hash(text: string): number {
  return [...text].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7)
}
