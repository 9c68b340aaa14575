/** How a later vote is laid over earlier ones, as the server does (conversations/votes.py): of two answers the last comparison counts. Pure. */
import type { VoteRecord } from '@/protocol/types.gen'

function comparedWith(vote: VoteRecord | undefined): readonly string[] {
  return [...(vote?.preferred_over ?? []), ...(vote?.tie ?? []), ...(vote?.both_bad ?? [])]
}

function withoutComparison({
  preferred_over: _over,
  tie: _tie,
  both_bad: _bad,
  revealed: _revealed,
  ...rest
}: VoteRecord): VoteRecord {
  return rest
}

export function applyVote(votes: Map<string, VoteRecord>, vote: VoteRecord): void {
  let known = votes.get(vote.message)
  if (vote.preferred_over || vote.tie || vote.both_bad) {
    known = known && withoutComparison(known)
    for (const other of comparedWith(vote)) {
      const theirs = votes.get(other)
      if (theirs && other !== vote.message && comparedWith(theirs).includes(vote.message))
        votes.set(other, withoutComparison(theirs))
    }
  }
  votes.set(vote.message, { ...known, ...vote })
}
