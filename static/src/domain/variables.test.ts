import { describe, expect, it } from 'vitest'

import { namesOf, nextVariable } from './variables'

const TEXT = 'Write to {{who}} about {{what }}, {{who}}.'

describe('the variables of a prompt', () => {
  it('are gone through one after the other, and end', () => {
    const begin = { start: 0, end: 0 }
    const who = nextVariable(TEXT, begin)
    expect(TEXT.slice(who?.start, who?.end)).toBe('{{who}}')
    const what = nextVariable(TEXT, who ?? begin)
    expect(TEXT.slice(what?.start, what?.end)).toBe('{{what }}')
    const last = nextVariable(TEXT, what ?? begin)
    expect(last?.end).toBe(TEXT.length - 1)
    expect(nextVariable(TEXT, last ?? begin)).toBeUndefined()
  })

  it('are gone through backwards', () => {
    const end = { start: TEXT.length, end: TEXT.length }
    const last = nextVariable(TEXT, end, true)
    expect(last?.start).toBe(TEXT.lastIndexOf('{{who'))
    expect(nextVariable(TEXT, { start: 9, end: 16 }, true)).toBeUndefined()
  })

  it('are named once', () => {
    expect(namesOf(TEXT)).toEqual(['who', 'what'])
    expect(namesOf('{{}} {one} {{two\nlines}} C{{')).toEqual([])
  })
})
