// @vitest-environment jsdom

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'

import { useNow } from './useNow'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

it('has one timer for all who look, and none when nobody does', () => {
  const [one, other] = [effectScope(), effectScope()]
  const clocks = [one.run(useNow), other.run(useNow)]
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(250)
  expect(clocks.map((clock) => clock?.value)).toEqual([200, 200])
  one.stop()
  expect(vi.getTimerCount()).toBe(1)
  other.stop()
  expect(vi.getTimerCount()).toBe(0)
})

it('tells who comes between two ticks the time as it is', () => {
  const scope = effectScope()
  scope.run(useNow)
  vi.advanceTimersByTime(150)
  expect(scope.run(useNow)?.value).toBe(150)
  scope.stop()
})
