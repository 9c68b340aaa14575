import { describe, expect, it } from 'vitest'

import type { Lane } from '@/protocol/types.gen'

import { changed, inRoles } from './roles'

const ROW: readonly Lane[] = [
  { id: 'a', model: 'echo/echo', role: 'primary' },
  { id: 'b', model: 'echo/echo', role: 'secondary' },
  { id: 'c', model: 'echo/echo', role: 'comparison' },
]

function roles(row: readonly Lane[]): string[] {
  return row.map(({ id, role }) => `${id} ${role}`)
}

describe('roles', () => {
  it('put the lane that is made primary first, and give its role to the one that was', () => {
    expect(roles(inRoles(changed(ROW, 'b', { role: 'primary' })))).toEqual(['b primary', 'a secondary', 'c comparison'])
  })

  it('follow the order: whichever lane is moved or left at the front is primary', () => {
    expect(roles(inRoles([...ROW.slice(2), ...ROW.slice(0, 2)]))).toEqual(['c primary', 'a comparison', 'b secondary'])
    expect(roles(inRoles(ROW.slice(1)))).toEqual(['b primary', 'c comparison'])
    expect(inRoles([])).toEqual([])
  })

  it('stay where another thing changes', () => {
    expect(roles(inRoles(changed(ROW, 'c', { system: 'x' })))).toEqual(roles(ROW))
  })
})
