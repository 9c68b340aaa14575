import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'

import { useDebouncedRequest } from './useDebouncedRequest'

const PAUSE_MS = 400

const draft = ref<string | null>(null)
let scope = effectScope()
let asked: { of: string; tell: (answer: string) => void; refuse: (reason: Error) => void }[] = []

function begin(): ReturnType<typeof useDebouncedRequest<string, string>> {
  const send = (of: string): Promise<string> => new Promise((tell, refuse) => asked.push({ of, tell, refuse }))
  return scope.run(() => useDebouncedRequest(() => draft.value, send, PAUSE_MS)) as ReturnType<typeof begin>
}

async function write(text: string | null, rest: number): Promise<void> {
  draft.value = text
  await nextTick()
  await vi.advanceTimersByTimeAsync(rest)
}

beforeEach(() => {
  vi.useFakeTimers()
  draft.value = null
  scope = effectScope()
  asked = []
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

describe('a request for what is being written', () => {
  it('is sent once, for what stood there when the writer paused', async () => {
    const told = begin()
    await write('a', PAUSE_MS - 1)
    await write('ab', PAUSE_MS - 1)
    expect(asked).toEqual([])
    await write('abc', PAUSE_MS)
    expect(asked.map(({ of }) => of)).toEqual(['abc'])
    asked[0]?.tell('A')
    await vi.advanceTimersByTimeAsync(0)
    expect(told.value).toBe('A')
  })

  it('keeps what was told of the text before, until it is told of the new one', async () => {
    const told = begin()
    await write('a', PAUSE_MS)
    asked[0]?.tell('A')
    await vi.advanceTimersByTimeAsync(0)
    await write('ab', PAUSE_MS)
    expect(told.value).toBe('A')
    asked[1]?.tell('AB')
    await vi.advanceTimersByTimeAsync(0)
    expect(told.value).toBe('AB')
  })

  it('is not told what comes late, of something that is wanted no more', async () => {
    const told = begin()
    await write('a', PAUSE_MS)
    await write('ab', PAUSE_MS)
    asked[1]?.tell('AB')
    asked[0]?.tell('A')
    await vi.advanceTimersByTimeAsync(0)
    expect(told.value).toBe('AB')
    await write(null, PAUSE_MS)
    expect([told.value, asked.length]).toEqual([null, 2])
  })

  it('tells nothing where it failed, and is not sent once nobody waits for it', async () => {
    const told = begin()
    await write('a', PAUSE_MS)
    asked[0]?.refuse(new Error('gone'))
    await vi.advanceTimersByTimeAsync(0)
    expect(told.value).toBeNull()
    await write('ab', PAUSE_MS - 1)
    scope.stop()
    await vi.advanceTimersByTimeAsync(PAUSE_MS)
    expect(asked).toHaveLength(1)
  })
})
