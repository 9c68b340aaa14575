/** A lane's parameters: their bounds, as chat/protocol/commands.py has them. */
import type { ModelInfo, ParamsInput } from '@/protocol/types.gen'

type NumberParam = 'temperature' | 'top_p' | 'top_k' | 'max_tokens' | 'context_length' | 'seed'

export interface Bounds {
  readonly name: NumberParam
  readonly label: string
  readonly min: number
  readonly max: number
  readonly step: number
  readonly whole: boolean
}

export const NUMBER_PARAMS: readonly Bounds[] = [
  { name: 'temperature', label: 'lane.temperature', min: 0, max: 2, step: 0.1, whole: false },
  { name: 'top_p', label: 'lane.topP', min: 0.01, max: 1, step: 0.05, whole: false },
  { name: 'top_k', label: 'lane.topK', min: 1, max: 1_000, step: 1, whole: true },
  { name: 'max_tokens', label: 'lane.maxTokens', min: 1, max: 1_000_000, step: 256, whole: true },
  { name: 'context_length', label: 'lane.contextLength', min: 256, max: 10_000_000, step: 1_024, whole: true },
  { name: 'seed', label: 'lane.seed', min: -2_147_483_648, max: 2_147_483_647, step: 1, whole: true },
]

export const THINKING = ['off', 'low', 'medium', 'high'] as const

export type ParamName = NumberParam | 'thinking' | 'json'
const NAMES: readonly ParamName[] = [...NUMBER_PARAMS.map(({ name }) => name), 'thinking', 'json']

/** What an administrator has set for new lanes of a model. */
export type Defaults = ParamsInput & { system?: string }

/** The parameters that mean something to a model; all of them where no list has it. */
export function knownParams(model: ModelInfo | undefined): ReadonlySet<ParamName> {
  const listed = model?.metadata.params
  return new Set(Array.isArray(listed) ? NAMES.filter((name) => listed.includes(name)) : NAMES)
}

export function defaultsOf(model: ModelInfo | undefined): Defaults {
  return (model?.metadata.defaults as Defaults | undefined) ?? {}
}

/** Only what this page knows how to show and a command may hold. */
export function onlyKnown(params: object): ParamsInput {
  return Object.fromEntries(Object.entries(params).filter(([name]) => NAMES.includes(name as ParamName)))
}

/** Null: empty, the default holds. Undefined: not a number within the bounds. */
export function parseNumber(text: string, bounds: Bounds): number | null | undefined {
  const clean = text.trim().replace(',', '.')
  if (clean === '') return null
  const value = Number(clean)
  if (!Number.isFinite(value) || value < bounds.min || value > bounds.max) return undefined
  return bounds.whole && !Number.isInteger(value) ? undefined : value
}

/** Without what is unset, so that "nothing set" is an empty object. */
export function withoutUnset(params: ParamsInput): ParamsInput {
  return Object.fromEntries(
    Object.entries(params).filter(([, value]) => value !== null && value !== undefined && value !== false),
  )
}
