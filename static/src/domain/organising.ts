/** What is done to conversations in the list, and how it is taken back. Pure. */

export interface Organised {
  readonly id: string
  readonly pinned: boolean
  readonly archived: boolean
  readonly folder: string | null
  readonly tags: readonly string[]
}

/** As POST /api/conversations/bulk takes it. */
export interface Change {
  readonly folder?: string | null
  readonly pinned?: boolean
  readonly archived?: boolean
  readonly add_tags?: readonly string[]
  readonly remove_tags?: readonly string[]
}

export interface Step {
  readonly ids: readonly string[]
  readonly change: Change
}

export function applyChange<Row extends Organised>(row: Row, change: Change): Row {
  const { add_tags: added = [], remove_tags: removed = [], ...fields } = change
  const tags = row.tags.filter((tag) => !removed.includes(tag))
  return { ...row, ...fields, tags: [...tags, ...added.filter((tag) => !tags.includes(tag))] }
}

/** The changes that bring rows back to what they were before `change`, as few as there are states to go back to. */
export function undoSteps(rows: readonly Organised[], change: Change): Step[] {
  const steps = new Map<string, { ids: string[]; change: Change }>()
  for (const row of rows) {
    const back = inverse(row, change)
    if (Object.keys(back).length === 0) continue
    const key = JSON.stringify(back)
    const step = steps.get(key) ?? { ids: [], change: back }
    step.ids.push(row.id)
    steps.set(key, step)
  }
  return [...steps.values()]
}

function inverse(row: Organised, change: Change): Change {
  const back: { -readonly [Name in keyof Change]: Change[Name] } = {}
  if (change.folder !== undefined && change.folder !== row.folder) back.folder = row.folder
  if (change.pinned !== undefined && change.pinned !== row.pinned) back.pinned = row.pinned
  if (change.archived !== undefined && change.archived !== row.archived) back.archived = row.archived
  const added = (change.add_tags ?? []).filter((tag) => !row.tags.includes(tag))
  const removed = (change.remove_tags ?? []).filter((tag) => row.tags.includes(tag))
  if (added.length > 0) back.remove_tags = added
  if (removed.length > 0) back.add_tags = removed
  return back
}
