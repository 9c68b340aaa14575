/** Marks words in what is rendered already, by the browser's highlights: no element is added or changed. */
import { matchesIn, type Phrase } from '@/domain/matching'

import { RenderedText } from './ranges'

const NAME = 'sought'
const MOST = 2_000

/** Marks the phrases below `roots`, in place of those marked before; gives the ranges in order. */
export function mark(roots: Iterable<Element>, phrases: readonly Phrase[]): Range[] {
  const ranges = [...roots].flatMap((root) => rangesIn(root, phrases)).slice(0, MOST)
  if ('highlights' in CSS) CSS.highlights.set(NAME, new Highlight(...ranges))
  return ranges
}

export function unmark(): void {
  if ('highlights' in CSS) CSS.highlights.delete(NAME)
}

function rangesIn(root: Element, phrases: readonly Phrase[]): Range[] {
  const rendered = new RenderedText(root)
  return matchesIn(rendered.text, phrases, MOST).map(([start, end]) => rendered.range(start, end))
}
