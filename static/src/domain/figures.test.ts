import { describe, expect, it } from 'vitest'

import type { AnswerMessage } from '@/protocol/types.gen'

import { compareAnswers, figuresOf } from './figures'

function answer(id: string, timing: unknown): AnswerMessage {
  const usage = { input: 1, output: 50, reasoning: null, cached: null }
  return { id, status: 'complete', usage, cost: { usd: null, source: 'unknown' }, timing } as AnswerMessage
}

describe('the time that an answer took', () => {
  it.each([[{ first_token_ms: null, total_ms: null }], [{ first_token_ms: null, total_ms: 0 }], [undefined]])(
    'is unknown where nobody measured: %j',
    (timing) => {
      expect(figuresOf(answer('a', timing))).toMatchObject({ totalMs: null, firstTokenMs: null, tokensPerSecond: null })
    },
  )

  it('makes an answer the fastest only where it was measured', () => {
    const measured = [
      answer('a', { first_token_ms: 5, total_ms: 900 }),
      answer('b', { first_token_ms: 5, total_ms: 800 }),
    ]
    expect(compareAnswers([...measured, answer('c', { first_token_ms: null, total_ms: null })]).fastest).toBe('b')
  })
})
