/** Where a text holds what is looked for, letter by letter, as a browser's own search does. Pure. */
import type { Span } from './matching'
import { foldText } from './searching'

/** A letter with the marks that stand upon it. */
const LETTER = /\P{M}\p{M}*|\p{M}+/gu
const SPACES = /\s/g

/** A text as it is compared: `places` says where each letter of it began in the text, and where that ends. */
export interface Folded {
  readonly text: string
  readonly places: readonly number[]
}

/** What is typed; line breaks are spaces, as they are read. */
export function foldWanted(text: string): string {
  return foldText(text.replaceAll(SPACES, ' '))
}

export function foldInPlace(text: string): Folded {
  const places: number[] = []
  let folded = ''
  for (const { 0: letter, index } of text.replaceAll(SPACES, ' ').matchAll(LETTER)) {
    const form = foldText(letter)
    folded += form
    for (let count = 0; count < form.length; count += 1) places.push(index)
  }
  return { text: folded, places: [...places, text.length] }
}

/** In order and apart from one another, `most` at most. */
export function occurrencesIn(text: string, wanted: string, most: number): number[] {
  const found: number[] = []
  if (wanted === '') return found
  for (let at = text.indexOf(wanted); at >= 0 && found.length < most; at = text.indexOf(wanted, at + wanted.length)) {
    found.push(at)
  }
  return found
}

/** The same as places in the text that was folded. */
export function spansIn({ text, places }: Folded, wanted: string, most: number): Span[] {
  return occurrencesIn(text, wanted, most).map((at) => [places[at] ?? 0, endOf(places, at + wanted.length)])
}

/** Behind the whole letter, of which only the beginning may be wanted. */
function endOf(places: readonly number[], next: number): number {
  let end = next
  while (end < places.length - 1 && places[end] === places[end - 1]) end += 1
  return places[end] ?? 0
}
