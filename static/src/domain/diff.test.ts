import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { diffWords, type Piece } from './diff'

function side(pieces: readonly Piece[] | null, kind: 'first' | 'second'): string {
  return (pieces ?? []).flatMap((piece) => (piece.kind === 'same' || piece.kind === kind ? [piece.text] : [])).join('')
}

describe('diffWords', () => {
  it('keeps what is the same and names what is not', () => {
    expect(diffWords('The old cat sleeps.', 'The cat sleeps well.')).toEqual([
      { kind: 'same', text: 'The ' },
      { kind: 'first', text: 'old ' },
      { kind: 'same', text: 'cat sleeps' },
      { kind: 'second', text: ' well' },
      { kind: 'same', text: '.' },
    ])
  })

  it('holds both texts whole, whatever they are', () => {
    const text = fc.array(fc.constantFrom('ev', 'kedi', ' ', '\n', '.', 'Şu', '5')).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, text, (first, second) => {
        const pieces = diffWords(first, second)
        expect(side(pieces, 'first')).toBe(first)
        expect(side(pieces, 'second')).toBe(second)
      }),
    )
  })

  it('finds nothing different between equal texts, and gives up on texts that share nothing', () => {
    expect(diffWords('same words', 'same words')).toEqual([{ kind: 'same', text: 'same words' }])
    expect(diffWords('a '.repeat(4_000), 'b,'.repeat(4_000))).toBeNull()
  })
})
