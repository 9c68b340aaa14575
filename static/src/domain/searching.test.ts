import { describe, expect, it } from 'vitest'

import { filterOf, foldText, parseDay, parseDays, piecesOf, queryOf, readTyped } from './searching'

describe('what is typed', () => {
  it('is words with the filters taken out of them', () => {
    const typed = readTyped('kedi model:qwen3:8b folder:"Benim işlerim" nerede')
    expect(typed.words.split(/\s+/)).toEqual(['kedi', 'nerede'])
    expect(typed.filters).toEqual({ model: 'qwen3:8b', folder: 'Benim işlerim' })
    expect(typed.open).toBeNull()
  })

  it('keeps the last filter open until a space ends it', () => {
    expect(readTyped('a model:qw').open).toEqual({ name: 'model', value: 'qw' })
    expect(readTyped('a folder:"Benim iş').open).toEqual({ name: 'folder', value: 'Benim iş' })
    expect(readTyped('a model:qw ').open).toBeNull()
  })

  it('understands the names of filters in the languages of the page', () => {
    expect(readTyped('klasör:İş etiket:acil var:ek ').filters).toEqual({
      folder: 'İş',
      tag: 'acil',
      attachments: 'true',
    })
    expect(readTyped('папка:Дом есть:ветки ').filters).toEqual({ folder: 'Дом', branches: 'true' })
  })

  it('leaves alone what is no filter', () => {
    for (const text of ['http://example.org is', 'note: this', 'since:soon then', 'constructor:x ']) {
      expect(readTyped(text)).toEqual({ words: text, filters: {}, open: null })
    }
  })
})

describe('days', () => {
  it('are days, months or years in local time', () => {
    expect(parseDay('2026-02')).toEqual({ from: new Date(2026, 1, 1), to: new Date(2026, 2, 1) })
    expect(parseDay('2024-02-29')?.to).toEqual(new Date(2024, 2, 1))
    expect(parseDay('2026')?.to).toEqual(new Date(2027, 0, 1))
  })

  it.each(['2026-02-30', '2026-13', '26-01-01', '', 'soon'])('are not %j', (text) => expect(parseDay(text)).toBeNull())

  it('reach to the end of the day that is named', () => {
    const wanted = queryOf({ since: '2026-11-20', until: '2026-11-20', attachments: 'true', folder: '' })
    const hours = (Date.parse(wanted.until ?? '') - Date.parse(wanted.since ?? '')) / 3_600_000
    expect(hours).toBe(24)
    expect(wanted.folder).toBe('')
    expect(wanted.has_attachments).toBe(true)
    expect(filterOf('until', '2026-99')).toBeNull()
  })
})

describe('days of answers', () => {
  it.each([
    ['2026-11-20', 1],
    ['2026-11-16..2026-11-22', 7],
    ['2026-02', 28],
    ['2026-12..2027-01-01', 32],
  ])('%s are %i, the last one whole', (answered, days) => {
    const wanted = queryOf({ answered })
    const ms = Date.parse(wanted.answered_until ?? '') - Date.parse(wanted.answered_since ?? '')
    expect(Math.round(ms / 86_400_000)).toBe(days)
    expect(['since' in wanted, 'until' in wanted]).toEqual([false, false])
  })

  it.each([
    '',
    '..',
    '2026-11-20..',
    '..2026-11-20',
    '2026-11-22..2026-11-16',
    '2026-02-30',
    '2026-11-01..2026-11-02..2026-11-03',
  ])('are not %j', (text) => {
    expect([parseDays(text), filterOf('answered', text)]).toEqual([null, null])
  })

  it('are typed in the languages of the page', () => {
    for (const name of ['answered', 'yanıt', 'ответ'])
      expect(readTyped(`${name}:2026-11-20 tea`)).toMatchObject({ words: 'tea', filters: { answered: '2026-11-20' } })
  })
})

describe('snippets', () => {
  it('are cut at their marks, whatever stands before them', () => {
    expect(
      piecesOf('😀 İki kedi', [
        [2, 5],
        [6, 10],
      ]),
    ).toEqual([
      { text: '😀 ', marked: false },
      { text: 'İki', marked: true },
      { text: ' ', marked: false },
      { text: 'kedi', marked: true },
    ])
  })
})

it('one letter is one letter in Turkish capitals', () => expect(foldText('IŞIK İĞNE')).toBe(foldText('ışık iğne')))
