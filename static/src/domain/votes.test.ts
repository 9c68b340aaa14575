import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { VoteRecord } from '@/protocol/types.gen'

import { applyVote } from './votes'

const at = '2026-11-29T10:00:00Z'
const ANSWERS = ['a', 'b', 'c']

function laid(...votes: Omit<VoteRecord, 'type' | 'at'>[]): Map<string, VoteRecord> {
  const found = new Map<string, VoteRecord>()
  for (const vote of votes) applyVote(found, { type: 'vote', at, ...vote })
  return found
}

function others(votes: ReadonlyMap<string, VoteRecord>, message: string): string[] {
  const said = votes.get(message)
  return [...(said?.preferred_over ?? []), ...(said?.tie ?? []), ...(said?.both_bad ?? [])]
}

describe('applyVote', () => {
  it('lets the last comparison of two answers count, and leaves thumbs alone', () => {
    const votes = laid(
      { message: 'a', value: 1 },
      { message: 'a', preferred_over: ['b'] },
      { message: 'b', tie: ['a'] },
    )
    expect(votes.get('a')).toEqual({ type: 'vote', at, message: 'a', value: 1 })
    expect(votes.get('b')?.tie).toEqual(['a'])
  })

  it('never holds two comparisons of the same two', () => {
    const names = fc.uniqueArray(fc.constantFrom(...ANSWERS), { maxLength: 3 })
    const vote = fc
      .tuple(fc.constantFrom(...ANSWERS), fc.constantFrom('preferred_over', 'tie', 'both_bad'), names)
      .map(([message, how, others]) => ({ message, [how]: others }))
    fc.assert(
      fc.property(fc.array(vote, { maxLength: 8 }), (votes) => {
        const found = laid(...votes)
        const twice = [...found.keys()].flatMap((one) =>
          others(found, one).filter((other) => other !== one && others(found, other).includes(one)),
        )
        expect(twice).toEqual([])
      }),
    )
  })
})
