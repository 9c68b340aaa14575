/** Past conversations by day, in the reader's own time zone. Pure. */

export interface Dated {
  readonly updated: string
  readonly pinned: boolean
}

export interface Group<Row> {
  /** pinned, today, yesterday, week, month, or `2026-09` for a month. */
  readonly key: string
  readonly rows: readonly Row[]
}

const DAY_MS = 86_400_000

export function groupByDay<Row extends Dated>(rows: readonly Row[], now: Date): Group<Row>[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = row.pinned ? 'pinned' : dayKey(new Date(row.updated), now)
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups].map(([key, members]) => ({ key, rows: members }))
}

function dayKey(date: Date, now: Date): string {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const at = date.getTime()
  if (at >= midnight) return 'today'
  if (at >= midnight - DAY_MS) return 'yesterday'
  if (at >= midnight - 7 * DAY_MS) return 'week'
  if (at >= midnight - 30 * DAY_MS) return 'month'
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}`
}
