/** Marks the words of two rendered texts that only one of them has, by the browser's highlights. */
import { diffWords } from '@/domain/diff'

import { RenderedText } from './ranges'

const NAMES = { first: 'only-first', second: 'only-second' } as const

export type Outcome = 'same' | 'different' | 'tooFar'

/** False where a browser has no highlights: there the texts have to be compared otherwise. */
export function canMark(): boolean {
  return typeof CSS !== 'undefined' && 'highlights' in CSS
}

export function markDifferences(first: Element, second: Element): Outcome {
  const texts = { first: new RenderedText(first), second: new RenderedText(second) }
  const pieces = diffWords(texts.first.text, texts.second.text)
  const ranges: Record<'first' | 'second', Range[]> = { first: [], second: [] }
  const at = { first: 0, second: 0 }
  for (const { kind, text } of pieces ?? []) {
    if (kind !== 'same' && text.trim()) ranges[kind].push(...texts[kind].ranges(at[kind], at[kind] + text.length))
    if (kind !== 'second') at.first += text.length
    if (kind !== 'first') at.second += text.length
  }
  for (const side of ['first', 'second'] as const) CSS.highlights.set(NAMES[side], new Highlight(...ranges[side]))
  if (pieces === null) return 'tooFar'
  return ranges.first.length + ranges.second.length === 0 ? 'same' : 'different'
}

export function unmarkDifferences(): void {
  if (canMark()) for (const name of Object.values(NAMES)) CSS.highlights.delete(name)
}
