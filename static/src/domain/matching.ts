/** Where in a text the words of a search stand, as the server finds them (conversations/search/terms.py). Pure. */
import { foldText } from './searching'

/** Words that stand side by side; the last may go on where `prefix`. */
export interface Phrase {
  readonly words: readonly string[]
  readonly prefix: boolean
}

/** Start and end. */
export type Span = readonly [number, number]

const IDEOGRAPH = String.raw`[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]`
const LETTER = String.raw`(?!${IDEOGRAPH})[\p{L}\p{N}]`
const WORD = new RegExp(String.raw`${IDEOGRAPH}|${LETTER}(?:${LETTER}|[\u0300-\u036f])*`, 'gu')
const QUOTED = /"([^"]*)"?|(\S+)/g

/** What stands in quotes is meant exactly, and a single letter; any other word may go on. */
export function phrasesOf(query: string): Phrase[] {
  return [...query.matchAll(QUOTED)].flatMap(([, quoted, plain]) => {
    const words = wordsOf(quoted ?? plain ?? '').map(({ form }) => form)
    return words.length > 0 ? [{ words, prefix: quoted === undefined && (words.at(-1) ?? '').length > 1 }] : []
  })
}

/** In order and apart from one another, `most` at most. */
export function matchesIn(text: string, phrases: readonly Phrase[], most: number): Span[] {
  if (phrases.length === 0) return []
  const words = wordsOf(text)
  const spans: Span[] = []
  for (let at = 0; at < words.length && spans.length < most; at += 1) {
    const phrase = phrases.find((wanted) => begins(words, at, wanted))
    if (!phrase) continue
    const last = words[at + phrase.words.length - 1]
    spans.push([words[at]?.start ?? 0, last?.end ?? 0])
    at += phrase.words.length - 1
  }
  return spans
}

interface Word {
  readonly start: number
  readonly end: number
  readonly form: string
}

function wordsOf(text: string): Word[] {
  return Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
    start: index,
    end: index + word.length,
    form: foldText(word),
  }))
}

function begins(words: readonly Word[], at: number, { words: wanted, prefix }: Phrase): boolean {
  return wanted.every((word, place) => {
    const form = words[at + place]?.form
    return prefix && place === wanted.length - 1 ? form?.startsWith(word) : form === word
  })
}
