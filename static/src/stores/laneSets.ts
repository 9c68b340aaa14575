import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { foldText } from '@/domain/searching'
import type { History, Lane, Mode } from '@/protocol/types.gen'

import { useConnection } from './connection'
import { toInput, useLanes } from './lanes'

export interface LaneSet {
  readonly id: number
  readonly name: string
  readonly lanes: readonly Lane[]
  readonly mode: Mode
  readonly history: History
  readonly relay: boolean
  /** New conversations begin with it. */
  readonly default: boolean
}

/** The rows of lanes that a person keeps under a name. */
export const useLaneSets = defineStore('laneSets', () => {
  const connection = useConnection()
  const lanes = useLanes()
  const sets = ref<readonly LaneSet[]>([])

  const standard = computed(() => sets.value.find((one) => one.default))

  async function load(): Promise<void> {
    try {
      sets.value = (await connection.http.call('GET /api/lane-sets')).lane_sets as unknown as LaneSet[]
    } catch {
      // Those that are known stay.
    }
  }

  /** The lanes of the page, under that name. */
  async function save(name: string): Promise<void> {
    const { mode, relay, history } = lanes
    await connection.http.call('POST /api/lane-sets', {
      body: { name, lanes: lanes.lanes.map(toInput), mode, relay, history },
    })
    await load()
  }

  async function change(id: number, to: Partial<Pick<LaneSet, 'name' | 'default'>>): Promise<void> {
    await connection.http.call('PATCH /api/lane-sets/{lane_set}', { path: { lane_set: id }, body: to })
    await load()
  }

  async function remove(id: number): Promise<void> {
    await connection.http.call('DELETE /api/lane-sets/{lane_set}', { path: { lane_set: id } })
    sets.value = sets.value.filter((one) => one.id !== id)
  }

  function use(chosen: LaneSet): Promise<void> {
    return lanes.begin(chosen)
  }

  async function beginWithDefault(): Promise<void> {
    if (standard.value) await use(standard.value)
  }

  /** By its name as it is written, else whatever letters were typed. */
  function findNamed(name: string): LaneSet | undefined {
    return (
      sets.value.find((one) => one.name === name) ?? sets.value.find((one) => foldText(one.name) === foldText(name))
    )
  }

  return { sets, load, save, change, remove, use, beginWithDefault, findNamed }
})
