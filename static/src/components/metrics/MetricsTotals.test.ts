// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'

import type { MetricsRow } from '@/domain/metrics'
import { englishI18n } from '@/testing/i18n'

import MetricsTotals from './MetricsTotals.vue'

function row(answers: number, more: Partial<MetricsRow> = {}): MetricsRow {
  const none = { p50: null, p95: null }
  return {
    key: 'echo/echo',
    answers,
    complete: answers,
    stopped: 0,
    failed: 0,
    interrupted: 0,
    errors: {},
    served_by: {},
    version: {},
    input: 0,
    output: 0,
    usd: 0,
    unknown_cost: 0,
    first_token_ms: none,
    total_ms: none,
    tokens_per_second: none,
    votes: { up: 0, down: 0, won: 0, lost: 0, tied: 0 },
    ...more,
  }
}

/** What stands below the number of answers. */
function changeShown(now: number, before: number): string {
  const props = { rows: [row(now)], before: [row(before)], modelValue: 'answers' as const }
  const shown = mount(MetricsTotals, { props, global: { plugins: [englishI18n()] } })
  const text = shown.get('.change').text()
  shown.unmount()
  return text
}

describe('a sum against the span before', () => {
  it.each([
    [150, 100, '+50%'],
    [50, 100, '-50%'],
    [999, 1_000, '0%'],
    [1_001, 1_000, '0%'],
    [1_000, 1_000, '0%'],
  ])('of %i after %i is told as %s', (now, before, change) => {
    expect(changeShown(now, before).split(' ')[0]).toBe(change)
  })
})

describe('what all of it cost', () => {
  it.each([
    [{ usd: 2.5 }, '$2.50'],
    [{ usd: 2.5, unknown_cost: 3 }, 'at least $2.50'],
    [{ usd: 0 }, 'free'],
    [{ usd: 0, unknown_cost: 3 }, 'cost unknown'],
    [{ usd: 0, unknown_cost: 10 }, 'cost unknown'],
  ])('is of %j told as %s', (more, words) => {
    const props = { rows: [row(10, more)], before: [], modelValue: 'answers' as const }
    const shown = mount(MetricsTotals, { props, global: { plugins: [englishI18n()] } })
    expect(shown.findAll('strong').map((one) => one.text())).toContain(words)
    shown.unmount()
  })
})
