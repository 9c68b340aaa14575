import { describe, expect, it } from 'vitest'

import { foldInPlace, foldWanted, occurrencesIn, spansIn } from './finding'

function found(text: string, wanted: string): string[] {
  return spansIn(foldInPlace(text), foldWanted(wanted), 100).map(([start, end]) => text.slice(start, end))
}

describe('what is looked for letter by letter', () => {
  it.each([
    ['Where is the KIRMIZI fish of İzmir? kırmızı', 'kirmizi', ['KIRMIZI', 'kırmızı']],
    ['İzmir, izmir, IZMIR', 'ızmır', ['İzmir', 'izmir', 'IZMIR']],
    ['a line\nbreak, a line  break', 'line break', ['line\nbreak']],
    ['Straße und STRASSE', 'strasse', ['Straße', 'STRASSE']],
    ['e\u0301tude, étude', 'etude', ['e\u0301tude', 'étude']],
    ['ёлка и елка', 'ЕЛ', ['ёл', 'ел']],
    ['aaaa', 'aa', ['aa', 'aa']],
    ['x + y == 2', '+ y =', ['+ y =']],
    ['👍🏽 done', 'done', ['done']],
    ['anything', '', []],
    ['', 'a', []],
  ])('%j holds %j as %j', (text, wanted, expected) => {
    expect(found(text, wanted)).toEqual(expected)
  })

  it('is no more than was asked for', () => {
    expect(occurrencesIn('e'.repeat(50), 'e', 7)).toHaveLength(7)
  })
})
