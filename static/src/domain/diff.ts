/** What two texts have in common, word by word (Myers' algorithm). Pure. */

export interface Piece {
  readonly kind: 'same' | 'first' | 'second'
  readonly text: string
}

/** Texts further apart than this have nothing to compare word by word. */
const MOST_EDITS = 2_000

/** Null where the texts differ too much. */
export function diffWords(first: string, second: string): Piece[] | null {
  const one = words(first)
  const other = words(second)
  const trace = search(one, other)
  return trace && joined(walkBack(one, other, trace))
}

function words(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? []
}

/** How far the first text is read on each diagonal (its place minus the other's), after so many edits. */
class Frontier {
  constructor(
    private readonly places: Int32Array,
    private readonly middle: number,
  ) {}

  at(diagonal: number): number {
    return this.places[this.middle + diagonal] ?? 0
  }

  set(diagonal: number, place: number): void {
    this.places[this.middle + diagonal] = place
  }

  /** The last edit took a word of the second text, not of the first. */
  comesDown(diagonal: number, edits: number): boolean {
    return diagonal === -edits || (diagonal !== edits && this.at(diagonal - 1) < this.at(diagonal + 1))
  }

  around(edits: number): Frontier {
    return new Frontier(this.places.slice(this.middle - edits - 1, this.middle + edits + 2), edits + 1)
  }
}

function search(one: readonly string[], other: readonly string[]): Frontier[] | null {
  const most = Math.min(one.length + other.length, MOST_EDITS)
  const frontier = new Frontier(new Int32Array(2 * most + 3), most + 1)
  const trace: Frontier[] = []
  for (let edits = 0; edits <= most; edits += 1) {
    trace.push(frontier.around(edits))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const start = frontier.comesDown(diagonal, edits) ? frontier.at(diagonal + 1) : frontier.at(diagonal - 1) + 1
      const end = alongSame(one, other, start, diagonal)
      frontier.set(diagonal, end)
      if (end >= one.length && end - diagonal >= other.length) return trace
    }
  }
  return null
}

function alongSame(one: readonly string[], other: readonly string[], start: number, diagonal: number): number {
  let place = start
  while (place < one.length && place - diagonal < other.length && one[place] === other[place - diagonal]) place += 1
  return place
}

function walkBack(one: readonly string[], other: readonly string[], trace: readonly Frontier[]): Piece[] {
  const pieces: Piece[] = []
  let x = one.length
  let y = other.length
  for (const [edits, frontier] of [...trace.entries()].reverse()) {
    const down = frontier.comesDown(x - y, edits)
    const before = down ? x - y + 1 : x - y - 1
    const startX = edits === 0 ? 0 : frontier.at(before)
    const startY = edits === 0 ? 0 : startX - before
    for (; x > startX && y > startY; x -= 1, y -= 1) pieces.push({ kind: 'same', text: one[x - 1] ?? '' })
    if (edits > 0) pieces.push(down ? { kind: 'second', text: other[y - 1] ?? '' } : { kind: 'first', text: one[x - 1] ?? '' })
    x = startX
    y = startY
  }
  return pieces.reverse()
}

function joined(pieces: readonly Piece[]): Piece[] {
  const whole: Piece[] = []
  for (const piece of pieces) {
    const last = whole.at(-1)
    if (last?.kind === piece.kind) whole[whole.length - 1] = { kind: piece.kind, text: last.text + piece.text }
    else whole.push(piece)
  }
  return whole
}
