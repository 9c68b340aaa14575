// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'

import type { Council } from '@/protocol/types.gen'
import { englishI18n } from '@/testing/i18n'

import CouncilView from './CouncilView.vue'

const SOURCES = [
  { n: 1, model: 'a/one' },
  { n: 2, model: 'b/two' },
]

function wordsOf(orders: number[][], shares: number[], agreement: number | null): string {
  const council = {
    rankings: orders.map((order, index) => ({ model: SOURCES[index]?.model ?? '', order })),
    places: shares.map((points, index) => ({ n: index + 1, points, first: 0 })),
    agreement,
    minority: [],
  } as Council
  const view = mount(CouncilView, { props: { council, sources: SOURCES }, global: { plugins: [englishI18n()] } })
  return view.text().replaceAll(/\s+/g, ' ')
}

beforeEach(() => setActivePinia(createPinia()))

describe('how a council ranked', () => {
  it('names the places, with how much each got, and each ranking', () => {
    const said = wordsOf([[2], [1]], [0.75, 0.25], 0.5)
    expect(said).toContain('one [1] · 75%')
    expect(said).toContain('two [2] · 25%')
    expect(said).toContain('50% agreement')
    expect(said).not.toContain('gave no ranking')
  })

  // A name and what follows it stand apart by their style.
  it('shows the places where one model gave none', () => {
    const said = wordsOf([[2], []], [0, 1], null)
    expect(said).toContain('two [2] · 100%')
    expect(said).toContain('twogave no ranking')
    expect(said).not.toContain('none of the models')
  })

  it('says that nobody ranked, and places nobody', () => {
    const said = wordsOf([[], []], [0, 0], null)
    expect(said).toContain('none of the models gave a ranking')
    expect(said).not.toContain('%')
  })
})
