import type { MessageRecord, SummaryRecord, VoteRecord } from '@/protocol/types.gen'

import type { ConversationState, LiveAnswer } from './conversation'

/**
 * A copy-on-write hand on a conversation's state: each part is copied at most once for a batch of events,
 * so that folding a snapshot of 10,000 records costs 10,000 steps and not 10,000 copies.
 */
export class Draft {
  state: ConversationState
  private owned = new Set<string>()

  constructor(state: ConversationState) {
    this.state = state
  }

  reset(state: ConversationState): void {
    this.state = state
    this.owned.clear()
  }

  set<Name extends 'head' | 'headChosen' | 'gap' | 'settings' | 'replayOf'>(
    name: Name,
    value: ConversationState[Name],
  ): void {
    if (this.state[name] !== value) this.state = { ...this.state, [name]: value }
  }

  messages(): Map<string, MessageRecord> {
    return this.ownMap('messages', this.state.messages)
  }

  live(): Map<string, LiveAnswer> {
    return this.ownMap('live', this.state.live)
  }

  branches(): Map<string, string> {
    return this.ownMap('branches', this.state.branches)
  }

  votes(): Map<string, VoteRecord> {
    return this.ownMap('votes', this.state.votes)
  }

  summaries(): Map<string, readonly SummaryRecord[]> {
    return this.ownMap('summaries', this.state.summaries)
  }

  deleted(): Set<string> {
    if (!this.owned.has('deleted')) {
      this.owned.add('deleted')
      this.state = { ...this.state, deleted: new Set(this.state.deleted) }
    }
    return this.state.deleted as Set<string>
  }

  childrenOf(parent: string): string[] {
    const children = this.ownMap('children', this.state.children)
    const key = `children of ${parent}`
    const known = children.get(parent)
    if (known && this.owned.has(key)) return known as string[]
    this.owned.add(key)
    const own = [...(known ?? [])]
    children.set(parent, own)
    return own
  }

  private ownMap<Value>(name: keyof ConversationState, map: ReadonlyMap<string, Value>): Map<string, Value> {
    if (this.owned.has(name)) return map as Map<string, Value>
    this.owned.add(name)
    const own = new Map(map)
    this.state = { ...this.state, [name]: own }
    return own
  }
}
