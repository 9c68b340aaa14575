import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { arrange, NARROWEST, shortStrip } from './arrangement'

const GAP = 0.75
const LAYOUTS = ['auto', 'columns', 'grid', 'tabs', 'stack'] as const

function told(layout: (typeof LAYOUTS)[number], count: number, width: number): string {
  const { kind, columns, strip } = arrange(layout, count, width)
  return `${kind} ${columns}${strip ? ' strip' : ''}`
}

describe('the answers of a turn', () => {
  it.each([
    [1, 59, 'single 1'],
    [2, 59, 'columns 2'],
    [3, 59, 'columns 3'],
    [4, 59, 'grid 2 strip'],
    [5, 59, 'grid 3 strip'],
    [8, 59, 'grid 3 strip'],
    [4, 78, 'columns 4'],
    [5, 78, 'grid 3 strip'],
    [2, 20, 'tabs 1 strip'],
    [8, 20, 'tabs 1 strip'],
  ])('of which there are %d stand in %d rem as %s', (count, width, expected) => {
    expect(told('auto', count, width)).toBe(expected)
  })

  it('stand as a reader wants, as far as there is room', () => {
    expect(told('columns', 4, 78)).toBe('columns 4')
    expect(told('columns', 4, 59)).toBe('columns 3 strip')
    expect(told('columns', 4, 20)).toBe('stack 1 strip')
    expect(told('grid', 4, 78)).toBe('grid 2 strip')
    expect(told('stack', 2, 78)).toBe('stack 1 strip')
    expect(told('tabs', 2, 78)).toBe('tabs 1 strip')
  })

  it('never stand in columns that are too narrow, nor beyond the first row without a list of names', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LAYOUTS),
        fc.integer({ min: 2, max: 24 }),
        fc.double({ min: 0, max: 200, noNaN: true }),
        (layout, count, width) => {
          const { columns, strip } = arrange(layout, count, width)
          expect(columns).toBeGreaterThanOrEqual(1)
          expect(columns).toBeLessThanOrEqual(count)
          if (columns > 1) expect(columns * NARROWEST + (columns - 1) * GAP).toBeLessThanOrEqual(width + 1e-9)
          expect(strip).toBe(columns < count)
        },
      ),
    )
  })
})

describe('a short list of names', () => {
  it.each([
    [2, 20.5, 2, 1],
    [4, 19.9, 4, 1],
    [5, 19.9, 3, 2],
    [8, 19.9, 4, 2],
    [8, 38, 4, 2],
    [8, 40, 8, 1],
    [3, 2, 1, 3],
    [8, 50, 8, 1],
    [4, 59, 4, 1],
    [5, 59, 3, 2],
    [8, 59, 4, 2],
    [8, 78, 4, 2],
  ])('of %d has in %d rem so many beside each other (%d), on so many lines (%d)', (count, width, columns, lines) => {
    expect(shortStrip(count, width)).toEqual({ columns, height: lines * 2.25 + 0.25 })
  })
})
