// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { frameEnd } from './frame'
import { FRAME_MS } from './limits'

let frame: number | null = 0
let now = 0

beforeEach(() => {
  frame = 0
  now += 1_000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  vi.stubGlobal('document', {
    timeline: {
      get currentTime() {
        return frame
      },
    },
    visibilityState: 'visible',
  })
})
afterEach(() => vi.unstubAllGlobals())

describe("a frame's time for painting", () => {
  it('is one for all who paint in it', () => {
    frame = now
    const end = frameEnd()
    now += 5
    expect(frameEnd()).toBe(end)
    now += FRAME_MS
    expect(frameEnd()).toBe(end)
  })

  it('begins anew with each frame', () => {
    frame = now
    const end = frameEnd()
    now += 16
    frame = now
    expect(frameEnd()).toBe(end + 16)
  })

  it('is nobody else’s where there are no frames', () => {
    frame = null
    const end = frameEnd()
    now += 5
    expect(frameEnd()).toBe(end + 5)
  })
})
