import { describe, expect, it } from 'vitest'

import type { Council } from '@/protocol/types.gen'

import { councilOf } from './council'

describe('a council', () => {
  it('is shown as it was kept', () => {
    const council: Council = {
      rankings: [
        { model: 'a/x', order: [2, 3], reason: 'Right.' },
        { model: 'b/y', order: [], error: 'timeout' },
      ],
      places: [{ n: 2, points: 1, first: 1 }],
      agreement: 0.75,
      minority: ['b/y'],
    }
    const held = councilOf(council)
    expect(held.rankings.map((one) => one.order)).toEqual([[2, 3], []])
    expect([held.agreement, held.minority, held.places.length]).toEqual([0.75, ['b/y'], 1])
  })

  it.each([
    [{}],
    [{ rankings: 'x', places: null, minority: 3, agreement: 'all' }],
    [{ rankings: [null, 3, { order: 'x' }], places: [{}, { n: '1' }], minority: [1] }],
  ])('of another program’s making (%o) breaks nothing', (council) => {
    const held = councilOf(council as unknown as Council)
    expect([held.places, held.rankings, held.minority, held.agreement]).toEqual([[], [], [], null])
  })
})
