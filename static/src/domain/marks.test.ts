import { describe, expect, it } from 'vitest'

import { markedWord, isBlankDraft } from './marks'

describe('a marked word that is being typed', () => {
  it.each([
    ['#', 1, { mark: '#', query: '', at: 0 }],
    ['ask #lea', 8, { mark: '#', query: 'lea', at: 4 }],
    ['ask #lease now', 8, { mark: '#', query: 'lea', at: 4 }],
    ['line\n@söz', 9, { mark: '@', query: 'söz', at: 5 }],
  ])('is found in %j at %i', (text, caret, typed) => {
    expect(markedWord(text, caret, '#@')).toEqual(typed)
  })

  it.each([
    ['# Heading', 9],
    ['C#', 2],
    ['## ', 2],
    ['##', 2],
    ['me@example.org', 14],
    ['plain', 5],
    ['', 0],
  ])('is not found in %j at %i', (text, caret) => {
    expect(markedWord(text, caret, '#@')).toBeNull()
  })
})

describe('a text', () => {
  it.each(['', '  ', '\n', '/', '@', '#', ' / ', '@\n'])('says nothing yet where it is %j', (text) => {
    expect(isBlankDraft(text)).toBe(true)
  })

  it.each(['a', '?', '/a', '@ada', '# Heading', '//', '@ /', '1'])('says something where it is %j', (text) => {
    expect(isBlankDraft(text)).toBe(false)
  })
})
