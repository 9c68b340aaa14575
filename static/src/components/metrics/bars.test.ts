// @vitest-environment jsdom
import { mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Narrowed } from '@/composables/useMetrics'
import type { Group, MetricsRow } from '@/domain/metrics'
import type { Leaderboard } from '@/protocol/rest.gen'
import { useDialogs } from '@/stores/dialogs'
import { englishI18n } from '@/testing/i18n'

import DailyChart from './DailyChart.vue'
import LeaderboardTable from './LeaderboardTable.vue'
import MetricsTable from './MetricsTable.vue'

/** Draws nothing: a place of the drawing belongs to the bar that is ten pixels wide there. */
vi.mock('uplot', () => ({
  default: class {
    static readonly paths = {}
    static readonly tzDate = (date: Date) => date
    readonly over = document.createElement('div')
    constructor(_options: unknown, _data: unknown, element: HTMLElement) {
      element.append(this.over)
    }
    posToIdx(left: number): number {
      return Math.floor(left / 10)
    }
    setSize(): void {}
    destroy(): void {
      this.over.remove()
    }
  },
}))

const SERIES = [
  { day: '2026-11-27', value: 3 },
  { day: '2026-11-28', value: 0 },
  { day: '2026-11-29', value: 12 },
]

let shown: VueWrapper

beforeEach(() => {
  localStorage.clear()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      disconnect() {}
    },
  )
  setActivePinia(createPinia())
})

afterEach(() => {
  shown.unmount()
  vi.unstubAllGlobals()
})

function row(key: string): MetricsRow {
  const none = { p50: null, p95: null }
  const votes = { up: 0, down: 0, won: 0, lost: 0, tied: 0 }
  return {
    key,
    answers: 4,
    complete: 4,
    stopped: 0,
    failed: 0,
    interrupted: 0,
    errors: {},
    served_by: {},
    version: {},
    input: 1,
    output: 1,
    usd: 0,
    unknown_cost: 0,
    first_token_ms: none,
    total_ms: none,
    tokens_per_second: none,
    votes,
  }
}

function draw(opens: boolean): void {
  shown = mount(DailyChart, { props: { series: SERIES, sum: 'answers', opens }, global: { plugins: [englishI18n()] } })
}

function tabulate(by: Group, keys: string[], own = true): void {
  const props = { by, rows: keys.map(row), before: [], first: '2026-11-01', last: '2026-11-30', own }
  shown = mount(MetricsTable, { props, global: { plugins: [englishI18n()] } })
}

async function pressAt(left: number): Promise<void> {
  await shown.get('.chart > div').trigger('click', { clientX: left })
}

describe('a bar of a day', () => {
  it('asks for that day where it is pressed', async () => {
    draw(true)
    await pressAt(25)
    await pressAt(4)
    expect(shown.emitted('show')).toEqual([['2026-11-29'], ['2026-11-27']])
  })

  it('has nothing to show where none stands, nor beside the days', async () => {
    draw(true)
    await pressAt(15)
    await pressAt(999)
    expect(shown.emitted('show')).toBeUndefined()
  })

  it('is a button in the table for who has no mouse, where answers came', async () => {
    draw(true)
    expect(shown.findAll('tbody button')).toHaveLength(2)
    await shown.findAll('tbody button')[1]?.trigger('click')
    expect(shown.emitted('show')).toEqual([['2026-11-29']])
  })

  it('shows nothing where the figures are everybody’s', async () => {
    draw(false)
    await pressAt(25)
    expect(shown.emitted('show')).toBeUndefined()
    expect(shown.find('tbody button').exists()).toBe(false)
  })
})

it('a point of the leaderboard, and the name beside it, open the search on what that model answered there', async () => {
  const standing = {
    model: 'ollama/qwen3:8b',
    rating: 1_020,
    low: 900,
    high: 1_100,
    games: 12,
    won: 6,
    lost: 4,
    tied: 2,
    enough: true,
  }
  const board: Leaderboard = { rows: [standing], kinds: {}, languages: {} }
  const narrowed: Narrowed = { kind: '', language: '', tag: '', folder: 'Work' }
  shown = mount(LeaderboardTable, {
    props: { board, narrowed, modelValue: 'all' },
    global: { plugins: [englishI18n()] },
  })
  for (const place of ['.point', 'tbody th button']) {
    useDialogs().search({})
    await shown.get(place).trigger('click')
    expect(useDialogs().sought).toEqual({ model: 'ollama/qwen3:8b', folder: 'Work' })
  }
})

describe('a bar of the comparison', () => {
  it.each([
    ['model', 'ollama/qwen3:8b', { model: 'ollama/qwen3:8b', answered: '2026-11-01..2026-11-30' }],
    ['server', 'ollama', { model: 'ollama/', answered: '2026-11-01..2026-11-30' }],
    ['folder', 'Work', { folder: 'Work', answered: '2026-11-01..2026-11-30' }],
    ['tag', 'urgent', { tag: 'urgent', answered: '2026-11-01..2026-11-30' }],
    ['week', '2026-W48', { answered: '2026-11-23..2026-11-29' }],
    ['week', '2026-W44', { answered: '2026-11-01..2026-11-01' }],
  ] as const)(
    'of %s %s opens the search on its conversations, by a click on it and by its name',
    async (by, key, filters) => {
      tabulate(by, [key])
      const dialogs = useDialogs()
      await shown.get('td.bar').trigger('click')
      expect([dialogs.sheet, dialogs.sought]).toEqual(['palette', filters])
      dialogs.search({})
      await shown.get('tbody th button').trigger('click')
      expect(dialogs.sought).toEqual(filters)
    },
  )

  it.each([
    ['tag', '', true],
    ['purpose', 'title', true],
    ['model', 'ollama/qwen3:8b', false],
  ] as const)('of %s %j opens nothing where own: %s', async (by, key, own) => {
    tabulate(by, [key], own)
    await shown.get('td.bar').trigger('click')
    expect([useDialogs().sheet, shown.find('tbody th button').exists()]).toEqual([null, false])
  })
})
