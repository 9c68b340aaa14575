/** Lanes and their roles: the conversation goes on from the primary one's answer. Pure. */
import type { Lane, LaneRole } from '@/protocol/types.gen'

/** Whose answer goes on, of several; of equal ones that of the lane which stands first. */
const ORDER: Readonly<Record<LaneRole, number>> = { primary: 0, secondary: 1, comparison: 2 }

export function orderOf(row: readonly Lane[], id: string): number {
  return ORDER[row.find((lane) => lane.id === id)?.role ?? 'secondary']
}

/** One lane is the primary one: the first that was, else the first that is not there for comparison. */
export function withRoles(row: readonly Lane[]): Lane[] {
  const primary = row.find(({ role }) => role === 'primary') ?? row.find(({ role }) => role !== 'comparison') ?? row[0]
  return row.map((lane): Lane => ({
    ...lane,
    role: lane === primary ? 'primary' : lane.role === 'comparison' ? 'comparison' : 'secondary',
  }))
}

/** A lane that is made the primary one comes first, and so is the one that counts (see withRoles). */
export function applyLaneChange(row: readonly Lane[], id: string, to: Partial<Lane>): Lane[] {
  const all = row.map((lane) => (lane.id === id ? { ...lane, ...to } : lane))
  if (to.role !== 'primary') return all
  return [...all.filter((lane) => lane.id === id), ...all.filter((lane) => lane.id !== id)]
}
