/** The lines of the sidebar, one below the other, so that only those in view are drawn. Pure. */
import { type Dated, groupByDay } from './grouping'

export interface Folder<Row> {
  readonly name: string
  readonly count: number
  /** Null: it is closed. */
  readonly rows: readonly Row[] | null
  readonly more: boolean
}

export type Line<Row> =
  | { readonly kind: 'heading'; readonly key: string; readonly group: string }
  | { readonly kind: 'folder'; readonly key: string; readonly folder: Folder<Row> }
  | { readonly kind: 'more'; readonly key: string; readonly folder: string }
  | { readonly kind: 'row'; readonly key: string; readonly row: Row; readonly folder: string | null }

export function linesOf<Row extends Dated & { readonly id: string }>(
  folders: readonly Folder<Row>[],
  rows: readonly Row[],
  now: Date,
): Line<Row>[] {
  const lines: Line<Row>[] = []
  if (folders.length > 0) lines.push({ kind: 'heading', key: 'heading folders', group: 'folders' })
  for (const folder of folders) {
    lines.push({ kind: 'folder', key: `folder ${folder.name}`, folder })
    for (const row of folder.rows ?? []) lines.push({ kind: 'row', key: row.id, row, folder: folder.name })
    if (folder.rows && folder.more) lines.push({ kind: 'more', key: `more ${folder.name}`, folder: folder.name })
  }
  for (const group of groupByDay(rows, now)) {
    lines.push({ kind: 'heading', key: `heading ${group.key}`, group: group.key })
    for (const row of group.rows) lines.push({ kind: 'row', key: row.id, row, folder: null })
  }
  return lines
}
