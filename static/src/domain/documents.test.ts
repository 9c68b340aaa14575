import { describe, expect, it } from 'vitest'

import { type DocumentRow, matching, typedMark } from './documents'

function named(name: string, status: DocumentRow['status'] = 'ready'): DocumentRow {
  return { id: 1, name, kind: 'pdf', size: 1, pages: 1, passages: 1, status, progress: 100, error: null, conversation: '', url: '', made: '' }
}

describe('a # that is being typed', () => {
  it.each([
    ['#', 1, { query: '', at: 0 }],
    ['ask #lea', 8, { query: 'lea', at: 4 }],
    ['ask #lease now', 8, { query: 'lea', at: 4 }],
    ['line\n#söz', 9, { query: 'söz', at: 5 }],
  ])('is found in %j at %i', (text, caret, typed) => {
    expect(typedMark(text, caret)).toEqual(typed)
  })

  it.each([
    ['# Heading', 9],
    ['C#', 2],
    ['## ', 2],
    ['plain', 5],
  ])('is not found in %j at %i', (text, caret) => {
    expect(typedMark(text, caret)).toBeNull()
  })

  it('finds names in any case, without files that could not be read', () => {
    const documents = [named('Lease.pdf'), named('released.txt'), named('lease-old.pdf', 'failed'), named('stock.csv')]
    expect(matching(documents, 'LEASE').map(({ name }) => name)).toEqual(['Lease.pdf', 'released.txt'])
  })
})
