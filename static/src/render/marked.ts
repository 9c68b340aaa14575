/** Marks words in what is rendered already, by the browser's highlights: no element is added or changed. */
import { matchesIn, type Phrase } from '@/domain/matching'

const NAME = 'sought'
const MOST = 2_000
/** What may stand within a word; all else ends one. */
const INLINE = 'a, abbr, b, code, del, em, i, ins, kbd, mark, s, small, span, strong, sub, sup, u'
/** What is not part of a text: its buttons, and formulas, which are found by their source. */
const FOREIGN = 'button, .md-bar, .katex, .visually-hidden'

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
  const pieces: Piece[] = []
  let text = ''
  let block: Element | null = null
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode as Text
    if (node.parentElement?.closest(FOREIGN)) continue
    const around = blockOf(node.parentElement)
    if (block && around !== block) text += '\n'
    block = around
    pieces.push({ node, start: text.length })
    text += node.data
  }
  return matchesIn(text, phrases, MOST).map(([start, end]) => {
    const range = document.createRange()
    range.setStart(...pointAt(pieces, start, start))
    range.setEnd(...pointAt(pieces, end - 1, end))
    return range
  })
}

interface Piece {
  readonly node: Text
  /** Where in the whole text it begins. */
  readonly start: number
}

function blockOf(element: Element | null): Element | null {
  return element?.matches(INLINE) ? blockOf(element.parentElement) : element
}

/** Where `offset` lies in the piece that holds the character at `held`. */
function pointAt(pieces: readonly Piece[], held: number, offset: number): [Node, number] {
  let low = 0
  let high = pieces.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((pieces[middle]?.start ?? 0) <= held) low = middle
    else high = middle
  }
  const { node, start } = pieces[low] as Piece
  return [node, offset - start]
}
