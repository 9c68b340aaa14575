/** Which models a search finds, in which groups. Pure. */
import type { ModelInfo } from '@/protocol/types.gen'

export interface Section {
  readonly key: string
  readonly models: readonly ModelInfo[]
}

function reference(model: ModelInfo): string {
  return `${model.server}/${model.id}`
}

/** Every word must occur in the ref or the name, in any order: "qwen 8b" finds `ollama/qwen3:8b`. */
export function matches(model: ModelInfo, query: string): boolean {
  const hay = `${reference(model)} ${model.name}`.toLocaleLowerCase()
  return query
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word))
}

export function sections(
  groups: readonly { server: string; models: readonly ModelInfo[] }[],
  query: string,
  favourites: readonly string[],
  recent: readonly string[],
): Section[] {
  const all = groups.flatMap((group) => group.models)
  const byRef = new Map(all.map((model) => [reference(model), model]))
  const listed = (refs: readonly string[]): ModelInfo[] => refs.flatMap((ref) => byRef.get(ref) ?? [])
  const shortcuts: Section[] =
    query === ''
      ? [
          { key: '*favourites', models: listed(favourites) },
          { key: '*recent', models: listed(recent.filter((ref) => !favourites.includes(ref))) },
        ].filter((section) => section.models.length > 0)
      : []
  const found = groups
    .map((group) => ({ key: group.server, models: group.models.filter((model) => matches(model, query)) }))
    .filter((section) => query === '' || section.models.length > 0)
  return [...shortcuts, ...found]
}
