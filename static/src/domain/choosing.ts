/** Which models a search finds, in which groups. Pure. */
import type { ModelInfo } from '@/protocol/types.gen'

import { foldText } from './searching'

export const FILTERS = ['vision', 'tools', 'thinking', 'free', 'loaded'] as const
export type Filter = (typeof FILTERS)[number]

export interface Section {
  readonly key: string
  readonly models: readonly ModelInfo[]
  /** How many more were found than are shown. */
  readonly more: number
}

export interface ModelQuery {
  readonly query: string
  readonly filters: readonly Filter[]
  readonly favourites: readonly string[]
  readonly recent: readonly string[]
  /** Servers of which everything is shown; of the others, `most`. */
  readonly unfolded: readonly string[]
  readonly most: number
  /** Of the models that the person prefers to others, by their own comparisons. */
  readonly ratings?: ReadonlyMap<string, number>
}

function reference(model: ModelInfo): string {
  return `${model.server}/${model.id}`
}

/** Every word must occur in the ref or the name, in any order: "qwen 8b" finds `ollama/qwen3:8b`. */
export function matchesQuery(model: ModelInfo, query: string): boolean {
  const hay = foldText(`${reference(model)} ${model.name}`)
  return wordsOf(query).every((word) => hay.includes(word))
}

function passes(model: ModelInfo, filters: readonly Filter[]): boolean {
  return filters.every((filter) => {
    if (filter === 'free') return model.pricing !== null && model.pricing.input === 0 && model.pricing.output === 0
    return filter === 'loaded' ? model.loaded === true : model.capabilities.includes(filter)
  })
}

export function makeSections(
  groups: readonly { server: string; models: readonly ModelInfo[] }[],
  wish: ModelQuery,
): Section[] {
  const searching = wish.query !== '' || wish.filters.length > 0
  const shortcuts = searching
    ? []
    : shortcutsOf(
        groups.flatMap((group) => group.models),
        wish,
      )
  const found = groups
    .map(({ server, models }) => {
      const all = ranked(
        models.filter((model) => matchesQuery(model, wish.query) && passes(model, wish.filters)),
        wish,
      )
      const shown = wish.unfolded.includes(server) ? all : all.slice(0, wish.most)
      return { key: server, models: shown, more: all.length - shown.length }
    })
    .filter(
      ({ key, models }) => !searching || models.length > 0 || (wish.filters.length === 0 && isNamed(key, wish.query)),
    )
  const withModels = found.filter((section) => section.models.length > 0)
  return [...shortcuts, ...withModels, ...found.filter((section) => section.models.length === 0)]
}

function shortcutsOf(all: readonly ModelInfo[], { favourites, recent }: ModelQuery): Section[] {
  const byRef = new Map(all.map((model) => [reference(model), model]))
  const listed = (refs: readonly string[]): ModelInfo[] => refs.flatMap((ref) => byRef.get(ref) ?? [])
  return [
    { key: '*favourites', models: listed(favourites), more: 0 },
    { key: '*recent', models: listed(recent.filter((ref) => !favourites.includes(ref))), more: 0 },
  ].filter((section) => section.models.length > 0)
}

/** What tells those apart that have one name: the id at one server, the whole ref where the list has several. */
export function distinguishNamesakes(models: readonly ModelInfo[]): ReadonlyMap<ModelInfo, string> {
  const nameOf = (model: ModelInfo): string => foldText(model.name || model.id)
  const counts = new Map<string, number>()
  for (const model of models) counts.set(nameOf(model), (counts.get(nameOf(model)) ?? 0) + 1)
  const several = new Set(models.map((model) => model.server)).size > 1
  const shared = models.filter((model) => (counts.get(nameOf(model)) ?? 0) > 1)
  return new Map(shared.map((model) => [model, several ? reference(model) : model.id]))
}

/** What begins with the first word stands before what only holds it; without words what is preferred, by rating, stands before all else as the server has it. */
function ranked(models: readonly ModelInfo[], { query, ratings }: ModelQuery): ModelInfo[] {
  const [first] = wordsOf(query)
  if (!first)
    return models.toSorted((one, other) => (ratings?.get(reference(other)) ?? 0) - (ratings?.get(reference(one)) ?? 0))
  const place = (model: ModelInfo): number => (beginsWith(model, first) ? 0 : 1)
  return models.toSorted((one, other) => place(one) - place(other))
}

function beginsWith(model: ModelInfo, word: string): boolean {
  return [model.name, model.id, model.id.split('/').at(-1) ?? ''].some((text) => foldText(text).startsWith(word))
}

/** Whoever looks for a server that has nothing to offer now is to see why. */
function isNamed(server: string, query: string): boolean {
  return wordsOf(query).every((word) => foldText(server).includes(word))
}

function wordsOf(query: string): string[] {
  return foldText(query).split(/\s+/).filter(Boolean)
}
