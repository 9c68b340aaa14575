import { computed, ref, watch } from 'vue'

import { type Filter, sections } from '@/domain/choosing'
import { AUTO, isRef } from '@/domain/ids'
import { folded } from '@/domain/searching'
import type { ModelInfo } from '@/protocol/types.gen'
import { refOf, useModels } from '@/stores/models'
import { type Persona, usePersonas } from '@/stores/personas'

const SHOWN_OF_A_SERVER = 60
const SHOWN_PERSONAS = 6

/** One line of the selector: `key` is unique though a model may stand in several sections. */
export interface Option {
  key: string
  model?: ModelInfo
  persona?: Persona
  auto?: boolean
}

/** What the selector lists for what is typed, and which line is the active one. */
export function useModelChoice(withPersonas: () => boolean) {
  const models = useModels()
  const personas = usePersonas()
  const query = ref('')
  const filters = ref<Filter[]>([])
  const unfolded = ref<string[]>([])
  const active = ref(0)

  const people = computed(() => {
    if (!withPersonas() || filters.value.length > 0) return []
    const words = folded(query.value.trim())
    const found = personas.personas.filter((persona) =>
      folded(`${persona.name} ${persona.description}`).includes(words),
    )
    return words ? found : found.slice(0, SHOWN_PERSONAS)
  })
  const found = computed(() =>
    sections(models.groups, {
      query: query.value.trim(),
      filters: filters.value,
      favourites: models.favourites,
      recent: models.recent,
      unfolded: unfolded.value,
      most: SHOWN_OF_A_SERVER,
      ratings: models.ratings,
    }).map((section) => ({
      ...section,
      health: models.health[section.key] ?? null,
      options: section.models.map((model): Option => ({ key: `${section.key} ${refOf(model)}`, model })),
    })),
  )
  /** Only a lane leaves its model open. */
  const offersAuto = computed(
    () => withPersonas() && filters.value.length === 0 && AUTO.startsWith(folded(query.value.trim())),
  )
  const options = computed<Option[]>(() => [
    ...(offersAuto.value ? [{ key: '* auto', auto: true }] : []),
    ...people.value.map((persona): Option => ({ key: `* ${persona.id}`, persona })),
    ...found.value.flatMap((section) => section.options),
  ])
  const indexes = computed(() => new Map(options.value.map((option, index) => [option.key, index])))
  const activeOption = computed<Option | undefined>(() => options.value[active.value])
  /** A server takes a model that its list lacks, too: the ref may be typed in whole. */
  const typed = computed(() => {
    const ref = query.value.trim()
    return isRef(ref) && models.hasServer(ref) ? ref : ''
  })

  function indexOf(key: string): number {
    return indexes.value.get(key) ?? -1
  }

  function begin(current: string): void {
    active.value = Math.max(
      0,
      options.value.findIndex((option) => (option.auto ? AUTO : option.model && refOf(option.model)) === current),
    )
  }

  function unfold(server: string): void {
    unfolded.value = [...unfolded.value, server]
  }

  watch([query, filters], () => {
    active.value = 0
  })

  return { query, filters, active, offersAuto, people, found, options, activeOption, typed, indexOf, begin, unfold }
}
