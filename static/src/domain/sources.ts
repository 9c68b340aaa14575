/** What an answer stands on: passages of documents, pages of the web, or the answers that it was made of. Pure. */
import { hostOf } from './calls'

export interface Source {
  readonly n: number
  /** The document's number; null where the source is an answer. */
  readonly document: number | null
  /** The SHA-256 of an attached file. */
  readonly attachment: string | null
  /** Of a page of the web, where it may be opened; else empty. */
  readonly url: string
  /** Whose page it is. */
  readonly host: string
  /** A document's name, or a page's title; empty where the source is an answer. */
  readonly name: string
  /** `3`, or `3–5`; empty where its file has no pages. */
  readonly pages: string
  readonly heading: string
  readonly passage: string
  /** Start and end of the question's words in `passage`, in characters (not in UTF-16 units). */
  readonly matches: readonly (readonly [number, number])[]
  /** 0…1, for one question. */
  readonly score: number | null
  /** Share of the question's words that stand in the passage, by rarity. */
  readonly words: number | null
  /** Of the vectors; null where they did not bring it up. */
  readonly cosine: number | null
  /** An answer of this conversation and its model. */
  readonly message: string | null
  readonly model: string | null
}

/** Takes what it knows of records that a later version may have written. */
export function sourcesOf(raw: readonly { [key: string]: unknown }[] | undefined): Source[] {
  return (raw ?? []).map((source, index) => ({
    n: numberOf(source.n) ?? index + 1,
    document: numberOf(source.document),
    attachment: textOf(source.attachment) || null,
    ...pageOf(source),
    pages: [numberOf(source.page), numberOf(source.last_page)].filter(Boolean).join('–'),
    heading: textOf(source.heading),
    passage: textOf(source.passage) || textOf(source.snippet),
    matches: Array.isArray(source.matches) ? source.matches.filter(isSpan) : [],
    score: numberOf(source.score),
    words: numberOf(source.words),
    cosine: numberOf(source.cosine),
    message: textOf(source.message) || null,
    model: textOf(source.model) || null,
  }))
}

/** Only what a browser opens as a page becomes a link. */
function pageOf(source: { [key: string]: unknown }): Pick<Source, 'url' | 'host' | 'name'> {
  const address = textOf(source.url)
  const url = /^https?:\/\//i.test(address) ? address : ''
  const host = url && hostOf(url)
  return { url, host, name: textOf(source.name) || textOf(source.title) || host }
}

const FEW = 12

/** Those worth a chip. Of files that were sent whole there may be a hundred: what the text names, or each file once. */
export function chipSources(sources: readonly Source[], text: string): Source[] {
  if (sources.length <= FEW) return [...sources]
  const named = sources.filter((source) => text.includes(`[${source.n}]`))
  return named.length > 0
    ? named
    : sources.filter((source, index) => sources.findIndex((one) => one.name === source.name) === index)
}

export interface Segment {
  text: string
  marked: boolean
}

/** The passage in turns of plain and marked text. */
export function segmentsOf({ passage, matches }: Pick<Source, 'passage' | 'matches'>): Segment[] {
  const letters = Array.from(passage)
  const segments: Segment[] = []
  let at = 0
  const add = (end: number, marked: boolean): void => {
    if (end > at) segments.push({ text: letters.slice(at, end).join(''), marked })
    at = Math.max(at, end)
  }
  for (const [start, end] of matches.toSorted((one, other) => one[0] - other[0])) {
    add(Math.min(start, letters.length), false)
    add(Math.min(end, letters.length), true)
  }
  add(letters.length, false)
  return segments
}

function isSpan(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((place) => Number.isInteger(place) && place >= 0)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
