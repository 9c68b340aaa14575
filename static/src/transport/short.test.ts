import { describe, expect, it } from 'vitest'

import { ShortDeltas } from './short'

const FIRST = { type: 'delta', conversation: 'c', message: 'm', seq: 0, part: 'text', text: 'a', number: 1 }
const OTHER = { ...FIRST, message: 'n', seq: 4, number: 2 }

function reading(...messages: unknown[]): ShortDeltas {
  const short = new ShortDeltas()
  for (const message of messages) short.read(JSON.stringify(message))
  return short
}

describe('short deltas', () => {
  it('are told as if they were long, in their order', () => {
    const told = reading(FIRST, OTHER).read('[[1,1,"b"],[2,5," [x]"],[1,2,"c","reasoning"]]')
    expect(told).toEqual([
      { type: 'delta', conversation: 'c', message: 'm', seq: 1, part: 'text', text: 'b' },
      { type: 'delta', conversation: 'c', message: 'n', seq: 5, part: 'text', text: ' [x]' },
      { type: 'delta', conversation: 'c', message: 'm', seq: 2, part: 'reasoning', text: 'c' },
    ])
  })

  it('leave every other event as it is', () => {
    const event = { type: 'activity', conversation: 'c' }
    expect(reading(FIRST).read(JSON.stringify(event))).toEqual([event])
    expect(new ShortDeltas().read(JSON.stringify(FIRST))).toEqual([FIRST])
  })

  it.each([
    '[',
    '[]',
    '[1]',
    '[[]]',
    '[[7,1,"a"]]',
    '[["1",1,"a"]]',
    '[[1,1]]',
    '[[1,1,2]]',
    '[[1,1,"a","picture"]]',
    '',
    'null',
  ])('let %s pass by', (message) => {
    expect(reading(FIRST).read(message)).toEqual([])
  })
})
