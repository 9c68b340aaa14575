import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { type Filter, distinguishNamesakes, type Section, makeSections } from '@/domain/choosing'
import { AUTO, isRef } from '@/domain/ids'
import { foldText } from '@/domain/searching'
import type { ModelInfo } from '@/protocol/types.gen'
import { refOf, useModels } from '@/stores/models'
import { type Persona, usePersonas } from '@/stores/personas'

import { useActiveOption } from './useActiveOption'

const SHOWN_OF_A_SERVER = 60
const SHOWN_PERSONAS = 6
const AUTO_KEY = '* auto'

/** One line of the selector: `key` is unique though a model may stand in several sections. */
export interface Option {
  key: string
  model?: ModelInfo
  /** What tells the model from another of its name. */
  apart?: string | undefined
  persona?: Persona
  auto?: boolean
  /** A ref that was typed in whole. */
  typed?: string
  /** The server of which this line shows all that there is, and how much that is. */
  more?: { server: string; count: number }
}

function optionsOf({ key, models, more }: Section): Option[] {
  const apart = distinguishNamesakes(models)
  return [
    ...models.map((model): Option => ({ key: `${key} ${refOf(model)}`, model, apart: apart.get(model) })),
    ...(more > 0 ? [{ key: `* more ${key}`, more: { server: key, count: more } }] : []),
  ]
}

/** What the selector lists for what is typed, and which line is the active one. */
export function useModelChoice(withPersonas: () => boolean) {
  const { t } = useI18n()
  const models = useModels()
  const personas = usePersonas()
  const query = ref('')
  const filters = ref<Filter[]>([])
  const unfolded = ref<string[]>([])

  const people = computed(() => {
    if (!withPersonas() || filters.value.length > 0) return []
    const words = foldText(query.value.trim())
    const found = personas.personas.filter((persona) =>
      foldText(`${persona.name} ${persona.description}`).includes(words),
    )
    return words ? found : found.slice(0, SHOWN_PERSONAS)
  })
  const found = computed(() =>
    makeSections(models.groups, {
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
      options: optionsOf(section),
    })),
  )
  /** Only a lane leaves its model open. */
  const offersAuto = computed(
    () =>
      withPersonas() &&
      filters.value.length === 0 &&
      [AUTO, t('auto.name')].some((name) => foldText(name).startsWith(foldText(query.value.trim()))),
  )
  const listed = computed<Option[]>(() => [
    ...(offersAuto.value ? [{ key: AUTO_KEY, auto: true }] : []),
    ...people.value.map((persona): Option => ({ key: `* ${persona.id}`, persona })),
    ...found.value.flatMap((section) => section.options),
  ])
  /** A server takes a model that its list lacks, too: the ref may be typed in whole. */
  const typed = computed(() => {
    const ref = query.value.trim()
    return listed.value.length === 0 && isRef(ref) && models.hasServer(ref) ? ref : ''
  })
  const options = computed<Option[]>(() => (typed.value ? [{ key: '* typed', typed: typed.value }] : listed.value))
  const { active, activeOption, activateFirst } = useActiveOption(options)

  function begin(current: string): void {
    active.value =
      options.value.find((option) => (option.auto ? AUTO : option.model && refOf(option.model)) === current)?.key ?? ''
  }

  /** So many lines on; not past an end. */
  function leap(by: number): void {
    const at = options.value.findIndex(({ key }) => key === activeOption.value?.key)
    active.value = options.value[Math.min(Math.max(at + by, 0), options.value.length - 1)]?.key ?? ''
  }

  /** The first of what is shown then is the active one. */
  function unfold(server: string): void {
    const at = options.value.findIndex(({ more }) => more?.server === server)
    unfolded.value = [...unfolded.value, server]
    active.value = options.value[at]?.key ?? ''
  }

  watch([query, filters], activateFirst)

  return { query, filters, active, people, found, options, activeOption, typed, begin, leap, unfold }
}
