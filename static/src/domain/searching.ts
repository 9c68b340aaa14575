/** What a person types to search: words, and filters such as `model:qwen` among them. Pure. */

import type { Rest } from '@/protocol/rest.gen'

export const FILTERS = ['model', 'folder', 'tag', 'since', 'until', 'answered', 'branches', 'attachments'] as const
export type FilterName = (typeof FILTERS)[number]

/**
 * `branches` and `attachments` are there or not, whatever their text; a folder '' means in none. `answered`: a day, or the
 * first and the last of several (`2026-11-23..2026-11-29`).
 */
export type Filters = { readonly [Name in FilterName]?: string }

export interface Typed {
  readonly words: string
  /** Those that a space ended. */
  readonly filters: Filters
  /** The one at the end, which is still being typed. */
  readonly open: { readonly name: FilterName | 'has'; readonly value: string } | null
}

const NAMES = byWord<FilterName | 'has'>({
  model: 'model модель',
  folder: 'folder klasör папка',
  tag: 'tag etiket метка тег',
  since: 'since after başlangıç после с',
  until: 'until before bitiş до',
  answered: 'answered yanıt ответ',
  has: 'has var есть',
})
const OWNED = byWord<'branches' | 'attachments'>({
  branches: 'branch branches dal ветки',
  attachments: 'attachment attachments file files ek вложения файлы',
})
const TOKEN = /(?<=^|\s)(\p{L}+):("[^"]*"|"[^"]*$|\S*)(\s+|$)/gu
const DATE = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/

/** In English, Turkish and Russian, whatever the page speaks. */
function byWord<Meaning extends string>(words: { [Name in Meaning]?: string }): Map<string, Meaning> {
  const pairs = Object.entries(words) as [Meaning, string][]
  return new Map(pairs.flatMap(([meaning, typed]) => typed.split(' ').map((word) => [word, meaning])))
}

export function readTyped(text: string): Typed {
  let filters: Filters = {}
  let open: Typed['open'] = null
  const words = text.replace(TOKEN, (token: string, typed: string, quoted: string, end: string) => {
    const name = NAMES.get(typed.toLowerCase())
    if (name === undefined) return token
    const value = quoted.replaceAll('"', '')
    if (end === '') {
      open = { name, value }
      return ''
    }
    const filter = filterOf(name, value)
    if (filter === null) return token
    filters = { ...filters, ...filter }
    return ''
  })
  return { words, filters, open }
}

/** Null where the value means nothing. */
export function filterOf(name: FilterName | 'has', value: string): Filters | null {
  if (name === 'has') {
    const owned = OWNED.get(value.toLowerCase())
    return owned ? { [owned]: 'true' } : null
  }
  if (name === 'since' || name === 'until') return parseDay(value) ? { [name]: value } : null
  if (name === 'answered') return parseDays(value) ? { answered: value } : null
  return value ? { [name]: value } : null
}

/** Letters as a search compares them: `İ`, `I`, `ı` and `i` are one, as are `ё` and `е`; Latin letters lose their marks. */
export function foldText(text: string): string {
  const small = text.normalize('NFKC').replaceAll('İ', 'i').toLowerCase().replaceAll('ı', 'i').replaceAll('ß', 'ss')
  return small
    .normalize('NFD')
    .replaceAll(/([a-z])\p{Mn}+/gu, '$1')
    .normalize('NFC')
    .replaceAll('ё', 'е')
}

/** `2026`, `2026-11` or `2026-11-21` in local time: when it begins, and when it is over. */
export function parseDay(text: string): { from: Date; to: Date } | null {
  const [, year, month, day] = DATE.exec(text) ?? []
  if (year === undefined) return null
  const from = new Date(Number(year), Number(month ?? 1) - 1, Number(day ?? 1))
  if ((month && from.getMonth() !== Number(month) - 1) || (day && from.getDate() !== Number(day))) return null
  const to = new Date(from)
  if (day) to.setDate(to.getDate() + 1)
  else if (month) to.setMonth(to.getMonth() + 1)
  else to.setFullYear(to.getFullYear() + 1)
  return { from, to }
}

/** `2026-11-21`, or `2026-11-23..2026-11-29` with its last day. */
export function parseDays(text: string): { from: Date; to: Date } | null {
  const [first = '', last = first, ...more] = text.split('..')
  const [begin, end] = [parseDay(first), parseDay(last)]
  return begin && end && more.length === 0 && begin.from < end.to ? { from: begin.from, to: end.to } : null
}

export function dayText(date: Date): string {
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
}

type Query = NonNullable<Rest['GET /api/conversations']['query']>

/** As GET /api/conversations and its search take them. */
export function queryOf(filters: Filters): Query {
  const since = parseDay(filters.since ?? '')
  const until = parseDay(filters.until ?? '')
  const answered = parseDays(filters.answered ?? '')
  return {
    ...(filters.model === undefined ? {} : { model: filters.model }),
    ...(filters.folder === undefined ? {} : { folder: filters.folder }),
    ...(filters.tag === undefined ? {} : { tag: filters.tag }),
    ...(since ? { since: since.from.toISOString() } : {}),
    ...(until ? { until: until.to.toISOString() } : {}),
    ...(answered ? { answered_since: answered.from.toISOString(), answered_until: answered.to.toISOString() } : {}),
    ...(filters.branches ? { has_branches: true } : {}),
    ...(filters.attachments ? { has_attachments: true } : {}),
  }
}

export interface Piece {
  readonly text: string
  readonly marked: boolean
}

/** A snippet cut at its marks, which count characters as Python does. */
export function piecesOf(snippet: string, marks: readonly (readonly [number, number])[]): Piece[] {
  const letters = [...snippet]
  const pieces: Piece[] = []
  let at = 0
  for (const [start, end] of marks) {
    pieces.push(
      { text: letters.slice(at, start).join(''), marked: false },
      { text: letters.slice(start, end).join(''), marked: true },
    )
    at = end
  }
  pieces.push({ text: letters.slice(at).join(''), marked: false })
  return pieces.filter((piece) => piece.text !== '')
}
