/** What two texts have in common, word by word. Pure. */
import { diffArrays } from 'diff'

export interface Piece {
  readonly kind: 'same' | 'first' | 'second'
  readonly text: string
}

/** Texts further apart than this have nothing to compare word by word. */
const MOST_EDITS = 2_000

/** Null where the texts differ too much. */
export function diffWords(first: string, second: string): Piece[] | null {
  const changes = diffArrays(words(first), words(second), { maxEditLength: MOST_EDITS })
  return (
    changes?.map(({ added, removed, value }) => ({
      kind: added ? 'second' : removed ? 'first' : 'same',
      text: value.join(''),
    })) ?? null
  )
}

function words(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? []
}
