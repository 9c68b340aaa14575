import { describe, expect, it } from 'vitest'

import { type DocumentRow, matching } from './documents'

function named(name: string, status: DocumentRow['status'] = 'ready'): DocumentRow {
  return {
    id: 1,
    name,
    kind: 'pdf',
    size: 1,
    pages: 1,
    passages: 1,
    status,
    progress: 100,
    error: null,
    conversation: '',
    url: '',
    made: '',
  }
}

describe('documents', () => {
  it('finds names in any case, without files that could not be read', () => {
    const documents = [named('Lease.pdf'), named('released.txt'), named('lease-old.pdf', 'failed'), named('stock.csv')]
    expect(matching(documents, 'LEASE').map(({ name }) => name)).toEqual(['Lease.pdf', 'released.txt'])
  })
})
