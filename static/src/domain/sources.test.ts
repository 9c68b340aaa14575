import { describe, expect, it } from 'vitest'

import { segmentsOf, sourcesOf, chipSources } from './sources'

describe('the sources of an answer', () => {
  it('mark the match by characters, not by UTF-16 units', () => {
    const segments = segmentsOf({
      passage: '🌱 Tomatoes need water.',
      matches: [
        [2, 10],
        [16, 21],
      ],
    })
    expect(segments).toEqual([
      { text: '🌱 ', marked: false },
      { text: 'Tomatoes', marked: true },
      { text: ' need ', marked: false },
      { text: 'water', marked: true },
      { text: '.', marked: false },
    ])
  })

  it('are all shown where they are few, else those that the text names, or each file once', () => {
    const few = sourcesOf([{ name: 'a' }, { name: 'b' }])
    const many = sourcesOf(
      Array.from({ length: 40 }, (_, page) => ({ n: page + 1, name: page < 20 ? 'a' : 'b', page })),
    )
    expect(chipSources(few, '')).toHaveLength(2)
    expect(chipSources(many, 'So [3], and [33].').map(({ n }) => n)).toEqual([3, 33])
    expect(chipSources(many, 'So.').map(({ n }) => n)).toEqual([1, 21])
  })

  it('keep every letter where the places overlap, or lie beyond the end', () => {
    const passage = 'short'
    const segments = segmentsOf({
      passage,
      matches: [
        [3, 99],
        [0, 4],
      ],
    })
    expect(segments.map(({ text }) => text).join('')).toBe(passage)
    expect(segments.every(({ marked }) => marked)).toBe(true)
  })

  it.each([
    [
      { kind: 'web', url: 'https://www.example.org/tea?x=1', title: 'Tea' },
      { url: 'https://www.example.org/tea?x=1', host: 'example.org', name: 'Tea' },
    ],
    [
      { kind: 'web', url: 'HTTP://example.org' },
      { url: 'HTTP://example.org', host: 'example.org', name: 'example.org' },
    ],
    [
      { kind: 'web', url: 'javascript:alert(1)', title: 'Bad' },
      { url: '', host: '', name: 'Bad' },
    ],
    [
      { kind: 'web', url: 'data:text/html,x', title: 'Bad' },
      { url: '', name: 'Bad' },
    ],
    [
      { kind: 'web', url: '/admin/', title: 'Ours' },
      { url: '', name: 'Ours' },
    ],
    [
      { kind: 'web', url: 7, title: ['x'] },
      { url: '', name: '' },
    ],
  ])('lead to pages of the web, and nowhere else: %j', (raw, expected) => {
    expect(sourcesOf([raw])[0]).toMatchObject(expected)
  })

  it('name one page or several', () => {
    const sources = sourcesOf([{ page: 3, last_page: 5 }, { page: 3, last_page: null }, { page: null }])
    expect(sources.map(({ pages }) => pages)).toEqual(['3–5', '3', ''])
  })

  it('are read from records that say other things than expected', () => {
    const [source] = sourcesOf([{ name: 7, matches: [[1], 'x', [0, 2]], score: '1', passage: 'ab', later: true }])
    expect(source).toMatchObject({ n: 1, name: '', passage: 'ab', matches: [[0, 2]], score: null, document: null })
  })
})
