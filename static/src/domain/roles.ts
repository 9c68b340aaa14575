/** Lanes and their roles: the primary one stands first, and the conversation goes on from its answer. Pure. */
import type { Lane } from '@/protocol/types.gen'

/** The first lane is the primary one; whichever was it before takes the role that the first one had. */
export function inRoles(row: readonly Lane[]): Lane[] {
  const [first, ...rest] = row
  if (!first) return []
  const freed = first.role === 'secondary' ? 'secondary' : 'comparison'
  return [{ ...first, role: 'primary' }, ...rest.map((lane): Lane => (lane.role === 'primary' ? { ...lane, role: freed } : { ...lane }))]
}

/** A lane that is made the primary one comes first; its role follows from that (see inRoles). */
export function changed(row: readonly Lane[], id: string, { role, ...to }: Partial<Lane>): Lane[] {
  const given = role && role !== 'primary' ? { role, ...to } : to
  const all = row.map((lane) => (lane.id === id ? { ...lane, ...given } : lane))
  if (role !== 'primary') return all
  return [...all.filter((lane) => lane.id === id), ...all.filter((lane) => lane.id !== id)]
}
