// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { oncePerFrame } from './oncePerFrame'

const FRAME_MS = 17

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('work that is done once in a frame', () => {
  it('is done at once where nothing was done since the last frame', () => {
    const work = vi.fn()
    const ask = oncePerFrame(work)
    ask()
    expect(work).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(3 * FRAME_MS)
    ask()
    expect(work).toHaveBeenCalledTimes(2)
  })

  it('is done in the next frame, and once, where it is asked for again before that', () => {
    const work = vi.fn()
    const ask = oncePerFrame(work)
    for (let times = 0; times < 5; times += 1) ask()
    expect(work).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(FRAME_MS)
    expect(work).toHaveBeenCalledTimes(2)
    vi.advanceTimersByTime(5 * FRAME_MS)
    expect(work).toHaveBeenCalledTimes(2)
  })

  it('is done as often as there are frames, however much comes', () => {
    const work = vi.fn()
    const frames = vi.spyOn(window, 'requestAnimationFrame')
    const ask = oncePerFrame(work)
    for (let ms = 0; ms < 500; ms += 1) {
      ask()
      vi.advanceTimersByTime(1)
    }
    expect(work).toHaveBeenCalledTimes(frames.mock.calls.length)
    expect(work.mock.calls.length).toBeLessThanOrEqual(1 + 500 / 16)
  })

  it('waits for no frame in a page that gets none', () => {
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
    const work = vi.fn()
    const ask = oncePerFrame(work)
    ask()
    ask()
    expect(work).toHaveBeenCalledTimes(2)
  })

  it('is done at once again in a page that was hidden before its frame came', () => {
    const hidden = vi.spyOn(document, 'visibilityState', 'get')
    const work = vi.fn()
    const ask = oncePerFrame(work)
    ask()
    ask()
    hidden.mockReturnValue('hidden')
    ask()
    expect(work).toHaveBeenCalledTimes(2)
  })
})
