import fc from 'fast-check'
import { expect, it } from 'vitest'

import { type Change, applyChange, type Organised, undoSteps } from './organising'

const name = fc.constantFrom('a', 'b', 'c')
const tags = fc.uniqueArray(name)
const rows = fc.uniqueArray(
  fc.record({ id: fc.uuid(), pinned: fc.boolean(), archived: fc.boolean(), folder: fc.option(name), tags }),
  { selector: (row) => row.id },
)
const change: fc.Arbitrary<Change> = fc.record(
  { folder: fc.option(name), pinned: fc.boolean(), archived: fc.boolean(), add_tags: tags, remove_tags: tags },
  { requiredKeys: [] },
)

function state(row: Organised): unknown {
  return { ...row, tags: row.tags.toSorted() }
}

it('takes back whatever was done, to each what it was', () => {
  fc.assert(
    fc.property(rows, change, (before, done) => {
      fc.pre(!(done.add_tags ?? []).some((tag) => done.remove_tags?.includes(tag)))
      let now = before.map((row) => applyChange<Organised>(row, done))
      for (const step of undoSteps(before, done)) {
        now = now.map((row) => (step.ids.includes(row.id) ? applyChange(row, step.change) : row))
      }
      expect(now.map(state)).toEqual(before.map(state))
    }),
  )
})

it('asks the server once for all that go back to the same', () => {
  const row = (id: string, folder: string | null): Organised => ({
    id,
    folder,
    pinned: false,
    archived: false,
    tags: [],
  })
  const steps = undoSteps([row('1', 'x'), row('2', null), row('3', 'x'), row('4', 'y')], { folder: 'y' })
  expect(steps).toEqual([
    { ids: ['1', '3'], change: { folder: 'x' } },
    { ids: ['2'], change: { folder: null } },
  ])
})
