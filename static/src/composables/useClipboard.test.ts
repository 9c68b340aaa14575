// @vitest-environment jsdom

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'

import { useClipboard } from './useClipboard'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it.each([
  ['with permission', async () => {}, false, true],
  ['without permission in the old way', () => Promise.reject(new Error('refused')), true, true],
  ['not at all', () => Promise.reject(new Error('refused')), false, false],
])('says for two seconds that it copied, where it did: %s', async (_, writeText, old, copies) => {
  vi.stubGlobal('navigator', { clipboard: { writeText } })
  document.execCommand = () => old
  const scope = effectScope()
  const { copied, copy } = scope.run(useClipboard) as ReturnType<typeof useClipboard>
  await copy('Bread')
  expect(copied.value).toBe(copies)
  vi.advanceTimersByTime(1_500)
  await copy('Loaf')
  vi.advanceTimersByTime(1_500)
  expect(copied.value).toBe(copies)
  vi.advanceTimersByTime(500)
  expect(copied.value).toBe(false)
  expect(document.querySelector('textarea')).toBeNull()
  scope.stop()
})
