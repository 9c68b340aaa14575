import { describe, expect, it } from 'vitest'

import { matchesIn, phrasesOf } from './matching'

function found(text: string, query: string): string[] {
  return matchesIn(text, phrasesOf(query), 100).map(([start, end]) => text.slice(start, end))
}

describe('the words of a search', () => {
  it.each([
    ['İstanbul ISTANBUL ıstanbul', 'istanbul', ['İstanbul', 'ISTANBUL', 'ıstanbul']],
    ['kırmızı KIRMIZI', 'Kirmizi', ['kırmızı', 'KIRMIZI']],
    ['ЁЛКИ и елки', 'ёлк', ['ЁЛКИ', 'елки']],
    ['мой мои', 'мои', ['мои']],
    ['öğrenme o\u0308g\u0306renmek', 'ogrenme', ['öğrenme', 'o\u0308g\u0306renmek']],
    ['😀 kedi, kediler', 'kedi', ['kedi', 'kediler']],
    ['日本語の本', '本語', ['本語']],
    ['Straße STRASSE', 'strasse', ['Straße', 'STRASSE']],
    ['snake_case and case', 'case', ['case', 'case']],
  ])('are found in %j as the server finds %j', (text, query, words) => expect(found(text, query)).toEqual(words))

  it('stand side by side in quotes, and are meant exactly', () => {
    expect(found('red fish, fish red, red fishes', '"red fish"')).toEqual(['red fish'])
    expect(found('a an', 'a')).toEqual(['a'])
  })

  it('are each looked for where there are several, and none where there is none', () => {
    expect(found('one two three', 'three on')).toEqual(['one', 'three'])
    expect(found('anything', ' "" - ')).toEqual([])
  })
})
