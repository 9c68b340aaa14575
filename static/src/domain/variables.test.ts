import { describe, expect, it } from 'vitest'

import { filledAlike, type Filling, fillingOf, isWithin, namesOf, nextVariable } from './variables'

const TEXT = 'Write to {{who}} about {{what }}, {{who}}.'

function filling(start: number, end: number): Filling {
  const found = fillingOf(TEXT, { start, end })
  if (!found) throw new Error('no blank there')
  return found
}

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

  it('are filled in alike where they have one name, whichever of them was filled in', () => {
    const first = filling(9, 16)
    expect(filledAlike('Write to Ada about {{what }}, {{who}}.', first)).toEqual({
      text: 'Write to Ada about {{what }}, Ada.',
      moved: 0,
    })
    const last = filling(TEXT.lastIndexOf('{{'), TEXT.length - 1)
    expect(filledAlike('Write to {{who}} about {{what }}, $& Ada.', last)).toEqual({
      text: 'Write to $& Ada about {{what }}, $& Ada.',
      moved: -1,
    })
    expect(isWithin('Write to Ada about {{what }}, {{who}}.', first, { start: 12, end: 12 })).toBe(true)
    expect(isWithin('Write to Ada about {{what }}, {{who}}.', first, { start: 13, end: 13 })).toBe(false)
  })

  it('stay as they are where nothing was filled in, or another is in its place', () => {
    const first = filling(9, 16)
    expect(fillingOf(TEXT, { start: 9, end: 12 })).toBeNull()
    for (const text of [
      TEXT,
      'Write to  about {{what }}, {{who}}.',
      'Write to {{whom}} about {{what }}, {{who}}.',
      'Anew {{who}}',
    ]) {
      expect(filledAlike(text, first)).toBeNull()
    }
  })

  it('are named once', () => {
    expect(namesOf(TEXT)).toEqual(['who', 'what'])
    expect(namesOf('{{}} {one} {{two\nlines}} C{{')).toEqual([])
  })
})
