/** The words of what is rendered, and where in the page each of them stands. */

/** What may stand within a word; all else ends one. */
const INLINE = 'a, abbr, b, code, del, em, i, ins, kbd, mark, s, small, span, strong, sub, sup, u'
/** What is not part of a text: its buttons, and formulas, which are found by their source. */
const FOREIGN = 'button, .md-bar, .katex, .visually-hidden'

interface Piece {
  readonly node: Text
  /** Where in the whole text it begins. */
  readonly start: number
}

export class RenderedText {
  readonly text: string
  private readonly pieces: Piece[] = []

  constructor(root: Element) {
    let text = ''
    let block: Element | null = null
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const node = walker.currentNode as Text
      if (node.parentElement?.closest(FOREIGN)) continue
      const around = blockOf(node.parentElement)
      if (block && around !== block) text += '\n'
      block = around
      this.pieces.push({ node, start: text.length })
      text += node.data
    }
    this.text = text
  }

  /** `end` is behind the last character. */
  range(start: number, end: number): Range {
    const range = document.createRange()
    range.setStart(...this.pointAt(start, start))
    range.setEnd(...this.pointAt(end - 1, end))
    return range
  }

  /** The same words piece by piece: what stands between them and is no part of the text lies in none. */
  ranges(start: number, end: number): Range[] {
    return this.pieces.slice(this.placeOf(start), this.placeOf(end - 1) + 1).map(({ node, start: from }) => {
      const range = document.createRange()
      range.setStart(node, Math.min(Math.max(start - from, 0), node.length))
      range.setEnd(node, Math.min(end - from, node.length))
      return range
    })
  }

  /** Where `offset` lies in the piece that holds the character at `held`. */
  private pointAt(held: number, offset: number): [Node, number] {
    const { node, start } = this.pieces[this.placeOf(held)] as Piece
    return [node, Math.min(offset - start, node.length)]
  }

  /** Of the piece that holds the character there. */
  private placeOf(held: number): number {
    let low = 0
    let high = this.pieces.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.pieces[middle]?.start ?? 0) <= held) low = middle
      else high = middle
    }
    return low
  }
}

function blockOf(element: Element | null): Element | null {
  return element?.matches(INLINE) ? blockOf(element.parentElement) : element
}
