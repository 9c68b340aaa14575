import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { FRAME_MS } from './limits'

/** Two blocks take a frame's time. */
const BLOCK_MS = FRAME_MS / 2 + 1

let now = 0
let hidden = false
let frames: FrameRequestCallback[] = []
/** As the browser tells which elements are in its window. */
let see: IntersectionObserverCallback = () => {}
let drawn: string[] = []
let waiting: typeof import('./waiting')

/** A text of some blocks, each of which takes a while. */
function textOf(name: string, blocks = 1) {
  let left = blocks
  const draw = (deadline: number): boolean => {
    do {
      drawn.push(name)
      left -= 1
      now += BLOCK_MS
    } while (left > 0 && now <= deadline)
    return left === 0
  }
  return { element: { name } as unknown as Element, draw }
}

function beginFrame(): void {
  now += 100
  drawn = []
}

/** What is drawn in the next frame, of whose time something else takes all. */
async function drawnBesideOthers(): Promise<string[]> {
  beginFrame()
  const { frameEnd } = await import('./frame')
  now = frameEnd() + 1
  for (const callback of frames.splice(0)) callback(now)
  return drawn
}

function drawnInFrame(): string[] {
  beginFrame()
  for (const callback of frames.splice(0)) callback(now)
  return drawn
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  vi.stubGlobal('document', {
    // A frame lasts until the next one begins.
    timeline: {
      get currentTime() {
        return Math.floor(now / 100)
      },
    },
    get visibilityState() {
      return hidden ? 'hidden' : 'visible'
    },
  })
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => frames.push(callback))
  vi.stubGlobal('cancelAnimationFrame', () => (frames = []))
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(callback: IntersectionObserverCallback) {
        see = callback
      }
      observe(): void {}
      unobserve(): void {}
    },
  )
  hidden = false
  frames = []
  drawn = []
  now = Math.ceil(now / 100) * 100 + 100
  vi.resetModules()
  waiting = await import('./waiting')
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('texts that do not stream any more', () => {
  it('are drawn at once while the frame has time, and in the next ones when it has none', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) waiting.drawInTurn(textOf(name))
    expect(drawn).toEqual(['a', 'b'])
    expect(drawnInFrame()).toEqual(['c', 'd'])
    expect(drawnInFrame()).toEqual(['e'])
    expect(frames).toEqual([])
  })

  it('draw one block, all of them together, in a frame that others have used up', async () => {
    for (let index = 0; index < 60; index += 1) waiting.drawInTurn(textOf(`text ${index}`, 3))
    for (let times = 0; times < 5; times += 1) expect(await drawnBesideOthers()).toHaveLength(1)
  })

  it('are drawn before others where they are in sight', () => {
    const texts = ['a', 'b', 'c', 'd', 'e'].map((name) => textOf(name, 2))
    for (const text of texts) waiting.drawInTurn(text)
    const entries = texts.map(({ element }, index) => ({ target: element, isIntersecting: index === 4 }))
    see(entries as unknown as IntersectionObserverEntry[], {} as IntersectionObserver)
    expect(drawnInFrame()).toEqual(['e', 'e'])
    expect(drawnInFrame()).toEqual(['b', 'b'])
  })

  it('are all drawn in a page that is hidden, which gets no frames', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) waiting.drawInTurn(textOf(name, 2))
    drawn = []
    hidden = true
    vi.runOnlyPendingTimers()
    expect(drawn).toEqual(['b', 'b', 'c', 'c', 'd', 'd', 'e', 'e'])
    waiting.drawInTurn(textOf('f', 9))
    expect(drawn.filter((name) => name === 'f')).toHaveLength(9)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('are drawn without frames in a page that gets none though it is not hidden', () => {
    for (const name of ['a', 'b', 'c', 'd']) waiting.drawInTurn(textOf(name))
    frames = []
    beginFrame()
    vi.runOnlyPendingTimers()
    expect(drawn).toEqual(['c', 'd'])
  })

  it('are not drawn once they are gone', () => {
    const texts = ['a', 'b', 'c', 'd'].map((name) => textOf(name))
    for (const text of texts) waiting.drawInTurn(text)
    for (const text of texts) waiting.leaveWaiting(text)
    expect(drawnInFrame()).toEqual([])
  })
})
