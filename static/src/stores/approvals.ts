import { defineStore } from 'pinia'
import { computed } from 'vue'

import { sameCall } from '@/domain/calls'
import type { WaitingCall } from '@/protocol/types.gen'

import { useChat } from './chat'

export type Decision = 'allow' | 'always' | 'deny'

/** A call for which an answer waits. */
export interface Asking {
  readonly answer: string
  readonly call: WaitingCall
}

/** Calls of tools that wait for a person, in the conversation on the page. */
export const useApprovals = defineStore('approvals', () => {
  const chat = useChat()

  const asking = computed<Asking[]>(() =>
    [...chat.state.live.values()].flatMap(({ header }) =>
      header.status === 'waiting' ? (header.calls ?? []).map((call) => ({ answer: header.id, call })) : [],
    ),
  )

  function waits(answer: string, call: WaitingCall): boolean {
    return asking.value.some((one) => one.answer === answer && one.call.id === call.id)
  }

  /** Calls of other answers that ask the same. */
  function equalTo(answer: string, call: WaitingCall): Asking[] {
    return asking.value.filter((other) => other.answer !== answer && sameCall(other.call, call))
  }

  /** All that one press speaks of goes out before any answer is awaited. What has been settled meanwhile is settled. */
  async function decide(calls: readonly Asking[], decision: Decision): Promise<void> {
    const byAnswer = new Map<string, string[]>()
    for (const { answer, call } of calls) byAnswer.set(answer, [...(byAnswer.get(answer) ?? []), call.id])
    await Promise.all(
      [...byAnswer].map(([message, ids]) =>
        chat.command((conversation) => ({ type: 'approve', conversation, message, calls: ids, decision })),
      ),
    )
  }

  return { asking, waits, equalTo, decide }
})
