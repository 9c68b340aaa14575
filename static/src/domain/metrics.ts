/** Figures of answers as `GET /api/metrics` gives them: sums, order, and what got worse. */
import type { Filters } from './searching'

export const GROUPS = ['model', 'server', 'folder', 'tag', 'day', 'week', 'purpose'] as const
export type Group = (typeof GROUPS)[number]

interface Counts {
  readonly [name: string]: number
}

export interface MetricsRow {
  readonly key: string
  readonly answers: number
  readonly complete: number
  readonly stopped: number
  readonly failed: number
  readonly interrupted: number
  readonly errors: Counts
  /** By model: which others answered, and what the service called it. */
  readonly served_by: Counts
  readonly version: Counts
  readonly input: number
  readonly output: number
  readonly usd: number
  readonly unknown_cost: number
  readonly first_token_ms: { readonly p50: number | null; readonly p95: number | null }
  readonly total_ms: { readonly p50: number | null; readonly p95: number | null }
  readonly tokens_per_second: { readonly p50: number | null }
  readonly votes: {
    readonly up: number
    readonly down: number
    readonly won: number
    readonly lost: number
    readonly tied: number
  }
}

export interface Metrics {
  readonly since: string
  readonly until: string
  readonly rows: readonly MetricsRow[]
  readonly before: readonly MetricsRow[]
}

export const SUMS = ['answers', 'tokens', 'usd', 'failed', 'stopped'] as const
export type Sum = (typeof SUMS)[number]

export const COLUMNS = ['key', 'answers', 'tokens', 'usd', 'first', 'total', 'speed', 'failed', 'votes'] as const
export type Column = (typeof COLUMNS)[number]

/** What a row says in a column, for sorting; null sorts last. */
export function valueOf(row: MetricsRow, column: Exclude<Column, 'key'> | 'stopped'): number | null {
  switch (column) {
    case 'tokens':
      return row.input + row.output
    case 'first':
      return row.first_token_ms.p50
    case 'total':
      return row.total_ms.p50
    case 'speed':
      return row.tokens_per_second.p50
    case 'failed':
      return row.failed + row.interrupted
    case 'votes':
      return row.votes.up + row.votes.won - row.votes.down - row.votes.lost
    default:
      return row[column]
  }
}

export function sumOf(rows: readonly MetricsRow[], sum: Sum): number {
  return rows.reduce((total, row) => total + (valueOf(row, sum) ?? 0), 0)
}

export function sortRows(rows: readonly MetricsRow[], column: Column, descending: boolean): MetricsRow[] {
  const turned = descending ? -1 : 1
  return [...rows].sort((one, other) => {
    if (column === 'key') return turned * one.key.localeCompare(other.key)
    const [first, second] = [valueOf(one, column), valueOf(other, column)]
    if (first === null || second === null) return Number(first === null) - Number(second === null)
    return turned * (first - second) || one.key.localeCompare(other.key)
  })
}

const WORSE = ['slower', 'dearer', 'errors', 'served'] as const
export type Worse = (typeof WORSE)[number]

const DAY_MS = 86_400_000
/** Fewer answers say nothing of a trend. */
const FEWEST = 5
const RISE = 1.2

/** What got worse since the span before, by a fifth or more. */
export function findWorsened(row: MetricsRow, before: MetricsRow | undefined): Worse[] {
  if (!before || row.answers < FEWEST || before.answers < FEWEST) return []
  const found: Worse[] = []
  const timed = row.complete >= FEWEST && before.complete >= FEWEST
  if (timed && (['total_ms', 'first_token_ms'] as const).some((name) => rose(row[name].p50, before[name].p50)))
    found.push('slower')
  if (rose(costOf(row), costOf(before))) found.push('dearer')
  const [errors, earlier] = [
    (row.failed + row.interrupted) / row.answers,
    (before.failed + before.interrupted) / before.answers,
  ]
  if (errors > Math.max(earlier * RISE, 0.05)) found.push('errors')
  if (servedOtherwise(row, before)) found.push('served')
  return found
}

/** Whether mostly another model, or another version of it, answers behind the same name. */
function servedOtherwise(row: MetricsRow, before: MetricsRow): boolean {
  if (usual(row.served_by, row.answers) !== usual(before.served_by, before.answers)) return true
  const [now, earlier] = [usual(row.version), usual(before.version)]
  return now !== '' && earlier !== '' && now !== earlier
}

/** The name with the most answers; '' where most of `all` have none. */
function usual(counts: Counts, all = 0): string {
  const named = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const [most] = Object.entries(counts).toSorted((one, other) => other[1] - one[1])
  return most !== undefined && most[1] >= all - named ? most[0] : ''
}

function rose(now: number | null, before: number | null): boolean {
  return now !== null && before !== null && now > before && now >= before * RISE
}

/** USD for each answer whose cost is known; of a few it is not. */
function costOf(row: MetricsRow): number | null {
  const known = row.answers - row.unknown_cost
  return known >= FEWEST ? row.usd / known : null
}

/** A value for each day of the span, also for those without an answer. Days as `2026-11-29`. */
export function valuesByDay(
  rows: readonly MetricsRow[],
  first: string,
  last: string,
  sum: Sum,
): { day: string; value: number }[] {
  const known = new Map(rows.map((row) => [row.key, valueOf(row, sum) ?? 0]))
  const days: { day: string; value: number }[] = []
  for (let at = Date.parse(first); at <= Date.parse(last); at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10)
    days.push({ day, value: known.get(day) ?? 0 })
  }
  return days
}

/** By what search is narrowed to show the conversations of a bar, within the days that are shown; null where it knows no such filter. */
export function filtersOf(by: Group, key: string, first: string, last: string): Filters | null {
  const answered = `${first}..${last}`
  switch (by) {
    case 'day':
      return { answered: key }
    case 'week':
      return { answered: daysOfWeek(key, first, last) }
    case 'model':
      return { model: key, answered }
    case 'server':
      return { model: `${key}/`, answered }
    case 'folder':
      return { folder: key, answered }
    case 'tag':
      return key ? { tag: key, answered } : null
    case 'purpose':
      return key === 'answer' ? { answered } : null
  }
}

/** Of a week as ISO 8601 numbers it (`2026-W48`) the days that are shown: its first may lie before `first`. */
function daysOfWeek(week: string, first: string, last: string): string {
  const [year, number] = week.split('-W').map(Number)
  const fourth = new Date(Date.UTC(year ?? 0, 0, 4))
  const monday = fourth.getTime() + (((number ?? 1) - 1) * 7 - ((fourth.getUTCDay() + 6) % 7)) * DAY_MS
  const [begin, end] = [monday, monday + 6 * DAY_MS].map((at) => new Date(at).toISOString().slice(0, 10)) as [
    string,
    string,
  ]
  return `${begin < first ? first : begin}..${end > last ? last : end}`
}

/** How a sum changed, as a share of what it was; null where nothing was. */
export function changeOf(now: number, before: number): number | null {
  return before > 0 ? (now - before) / before : null
}
