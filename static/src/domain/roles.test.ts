import { describe, expect, it } from 'vitest'

import type { Lane } from '@/protocol/types.gen'

import { applyLaneChange, withRoles } from './roles'

const ROW: readonly Lane[] = [
  { id: 'a', model: 'echo/echo', role: 'primary' },
  { id: 'b', model: 'echo/echo', role: 'secondary' },
  { id: 'c', model: 'echo/echo', role: 'comparison' },
]

function roles(row: readonly Lane[]): string[] {
  return row.map(({ id, role }) => `${id} ${role}`)
}

describe('roles', () => {
  it('put the lane that is made primary first; the one that was answers beside it', () => {
    expect(roles(withRoles(applyLaneChange(ROW, 'b', { role: 'primary' })))).toEqual([
      'b primary',
      'a secondary',
      'c comparison',
    ])
    expect(roles(withRoles(applyLaneChange(ROW, 'c', { role: 'primary' })))).toEqual([
      'c primary',
      'a secondary',
      'b secondary',
    ])
  })

  it('go with their lanes; where the primary one has left, the next that is not for comparison is', () => {
    expect(roles(withRoles([...ROW.slice(2), ...ROW.slice(0, 2)]))).toEqual([
      'c comparison',
      'a primary',
      'b secondary',
    ])
    expect(roles(withRoles(ROW.slice(1)))).toEqual(['b primary', 'c comparison'])
    expect(roles(withRoles(ROW.slice(2)))).toEqual(['c primary'])
    expect(
      roles(
        withRoles([
          { id: 'x', model: 'm' },
          { id: 'y', model: 'm' },
        ]),
      ),
    ).toEqual(['x primary', 'y secondary'])
    expect(withRoles([])).toEqual([])
  })

  it('stay where another thing changes', () => {
    expect(roles(withRoles(applyLaneChange(ROW, 'c', { system: 'x' })))).toEqual(roles(ROW))
  })
})
