/** Test sets and their runs as `/api/testsets` gives them. */
import type { Cell, Lane, RunBody, RunRow, Schedule, SentTestSet, WholeRun } from '@/protocol/rest.gen'

export const KINDS = [
  'contains',
  'not_contains',
  'regex',
  'equals',
  'json_schema',
  'max_ms',
  'max_usd',
  'judge',
] as const
export type Kind = (typeof KINDS)[number]

export interface Check {
  kind: Kind
  value: unknown
}

export interface Case {
  id?: string
  text: string
  system?: string | null
  attachments?: string[]
  checks: Check[]
}

export type {
  StoredSet as TestSet,
  SetList,
  EstimatedLane,
  EstimatedRun as Estimate,
  LaneFigures,
  RunRow,
  WholeRun,
  Cell,
} from '@/protocol/rest.gen'

/** What a run, or a schedule, is begun with. */
export interface RunRequest {
  models: string[]
  judge: string | null
  repeat: number
}

/** As the server takes them; which value goes with which kind, it says itself where that is wrong. */
export function casesOf(cases: readonly Case[]): SentTestSet['cases'] {
  return cases as SentTestSet['cases']
}

/** As another run, or the schedule, asked; of a lane that no person can read, nothing. */
export function askedBy(
  known:
    | {
        readonly lanes: readonly { readonly model?: unknown }[]
        readonly judge?: string | null
        readonly repeat?: number
      }
    | null
    | undefined,
): RunRequest {
  const models = (known?.lanes ?? []).flatMap(({ model }) => (typeof model === 'string' ? [model] : []))
  return { models, judge: known?.judge ?? null, repeat: known?.repeat ?? 1 }
}

export function isJudged(cases: readonly Case[]): boolean {
  return cases.some((one) => one.checks.some((check) => check.kind === 'judge'))
}

export function isComplete({ models, judge }: RunRequest, cases: readonly Case[]): boolean {
  return models.length > 0 && (judge !== null || !isJudged(cases))
}

/** As the server takes it. Of `known` lanes, each that stays keeps its system prompt and parameters, which are not shown. */
export function bodyOf(
  { models, judge, repeat }: RunRequest,
  cases: readonly Case[],
  known: Schedule['lanes'] = [],
): RunBody {
  const left = [...known]
  const lanes = models.map((model) => {
    const place = left.findIndex((lane) => lane['model'] === model)
    return place < 0 ? { model } : { ...left.splice(place, 1)[0], model }
  })
  return { lanes: lanes as Lane[], judge: isJudged(cases) ? judge : null, repeat }
}

/** A row of the table: one case for one time it was asked, with a cell for each lane. */
export interface TableRow {
  readonly key: string
  readonly text: string
  readonly round: number
  readonly cells: readonly Cell[]
}

export function tableOf(run: WholeRun): TableRow[] {
  const texts = new Map(run.cases.map((one) => [one.id, one.text]))
  const rows = new Map<string, { key: string; text: string; round: number; cells: Cell[] }>()
  for (const cell of run.cells) {
    const key = `${cell.case} ${cell.round}`
    const row = rows.get(key) ?? { key, text: texts.get(cell.case) ?? '', round: cell.round, cells: [] }
    row.cells.push(cell)
    rows.set(key, row)
  }
  return [...rows.values()]
}

export type Outcome = 'waiting' | 'passed' | 'undecided' | 'failed'

/** Undecided: no check says no, and one cannot be told. */
export function outcomeOf(cell: Cell): Outcome {
  if (cell.status === 'waiting') return 'waiting'
  if (cell.ok) return 'passed'
  const refused = cell.status !== 'complete' || cell.checks.some((check) => check.passed === false)
  return refused ? 'failed' : 'undecided'
}

/** What a person typed for a check, as the server takes it: limits are numbers. */
export function valueOf(kind: Kind, typed: string): unknown {
  return kind === 'max_ms' || kind === 'max_usd' ? Number(typed.replace(',', '.')) : typed
}

/** And back: a schema as its JSON. */
export function typedOf(check: Check): string {
  return typeof check.value === 'string' ? check.value : JSON.stringify(check.value)
}

export function isNumeric(kind: Kind): boolean {
  return kind === 'max_ms' || kind === 'max_usd'
}

/** The share of answers that passed, for each model, from the oldest whole run to the newest. */
export function historyOf(runs: readonly RunRow[]): Map<string, { run: string; at: string; share: number }[]> {
  const found = new Map<string, { run: string; at: string; share: number }[]>()
  for (const run of [...runs].reverse()) {
    for (const lane of run.state === 'done' ? run.lanes : []) {
      const points = found.get(lane.model) ?? []
      points.push({ run: run.id, at: run.at, share: lane.answers > 0 ? lane.passed / lane.answers : 0 })
      found.set(lane.model, points)
    }
  }
  return found
}
