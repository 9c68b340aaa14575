import { describe, expect, it } from 'vitest'

import { bestFirst, fitOf } from './ranking'

describe('what fits a search', () => {
  it.each([
    ['Settings', 'set', 3],
    ['New chat', 'new ch', 3],
    ['New chat', 'chat', 2],
    ['New chat', 'chat new', 2],
    ['Import conversations', 'conv imp', 2],
    ['Re-run with other models…', 'run', 2],
    ['Settings', 'ting', 1],
    ['Settings', 'x', 0],
    ['Settings', 'set x', 0],
    ['Settings', '', 1],
    ['İçe aktar', 'iç', 3],
    ['IŞIK', 'ışık', 3],
    ['Настройки', 'НАСТР', 3],
  ])('%s, for “%s”', (text, sought, fit) => {
    expect(fitOf(text, sought)).toBe(fit)
  })

  it('comes the best first, and as it stood where two fit as well', () => {
    const texts = ['Chats', 'A new chat', 'Chat', 'Snatch at', 'Else']
    expect(bestFirst(texts, (text) => text, 'chat').map(({ item }) => item)).toEqual(['Chats', 'Chat', 'A new chat'])
  })
})
