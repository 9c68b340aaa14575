import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { onlyKnown } from '@/domain/params'
import type { Lane, ParamsInput } from '@/protocol/types.gen'

import { useConnection } from './connection'

/** `model` empty: whatever the lane has. `picture`: an emoji, a `data:` URL of a small image, or nothing. */
export interface Persona {
  id: string
  owner: string
  mine: boolean
  name: string
  description: string
  picture: string
  model: string
  system_prompt: string
  params: ParamsInput
  shared: boolean
}

export type PersonaDraft = Omit<Persona, 'id' | 'owner' | 'mine'>

export const BLANK: PersonaDraft = {
  name: '',
  description: '',
  picture: '',
  model: '',
  system_prompt: '',
  params: {},
  shared: false,
}

/** A person's own personas and those that others share with them. */
export const usePersonas = defineStore('personas', () => {
  const connection = useConnection()
  const personas = ref<Persona[]>([])
  /** What the dialog begins with: a persona to edit, or the makings of a new one. */
  const editing = ref<Persona | PersonaDraft | null>(null)
  const own = computed(() => personas.value.filter((persona) => persona.mine))

  async function load(): Promise<void> {
    try {
      personas.value = (await connection.http.call('GET /api/models/personas')).personas
    } catch {
      // Lanes go by their models' names until the next look.
    }
  }

  /** One that somebody shares; it is known from now on. Rejects where there is none. */
  async function fetch(id: string): Promise<Persona> {
    const persona = await connection.http.call('GET /api/models/personas/{persona}', { path: { persona: id } })
    keep(persona)
    return persona
  }

  async function save(draft: PersonaDraft, id: string | null): Promise<Persona> {
    const body = { ...draft, params: { ...draft.params } }
    const saved =
      id === null
        ? await connection.http.call('POST /api/models/personas', { body })
        : await connection.http.call('PATCH /api/models/personas/{persona}', { path: { persona: id }, body })
    keep(saved)
    return saved
  }

  async function share(persona: Persona, shared: boolean): Promise<void> {
    keep(
      await connection.http.call('PATCH /api/models/personas/{persona}', {
        path: { persona: persona.id },
        body: { shared },
      }),
    )
  }

  async function remove(id: string): Promise<void> {
    await connection.http.call('DELETE /api/models/personas/{persona}', { path: { persona: id } })
    personas.value = personas.value.filter((persona) => persona.id !== id)
  }

  function keep(persona: Persona): void {
    const others = personas.value.filter((known) => known.id !== persona.id)
    personas.value = [...others, persona].toSorted((one, other) => one.name.localeCompare(other.name))
  }

  /** The persona that a lane plays: told by what it is made of, for a conversation's file names none. */
  function of(lane: Pick<Lane, 'model' | 'system' | 'params'>): Persona | undefined {
    if (!lane.system && Object.keys(lane.params ?? {}).length === 0) return undefined
    const made = sameAs(lane.params)
    return personas.value.find(
      (persona) =>
        persona.system_prompt === (lane.system ?? '') &&
        (!persona.model || persona.model === lane.model) &&
        sameAs(persona.params) === made,
    )
  }

  return { personas, own, editing, load, fetch, save, share, remove, of }
})

/** What a persona makes of a lane. */
export function laneOf(persona: Persona, model: string): Pick<Lane, 'model' | 'system' | 'params'> {
  return { model: persona.model || model, system: persona.system_prompt, params: { ...onlyKnown(persona.params) } }
}

export function linkTo(persona: Persona): string {
  return `${location.origin}/?persona=${persona.id}`
}

function sameAs(params: object | undefined): string {
  const set = Object.entries(params ?? {}).filter(
    ([, value]) => value !== null && value !== undefined && value !== false,
  )
  return JSON.stringify(set.toSorted(([one], [other]) => one.localeCompare(other)))
}
