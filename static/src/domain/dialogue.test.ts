import { describe, expect, it } from 'vitest'

import { commandOf, type DialogueDraft, limitsOf, obstacleOf } from './dialogue'

function draft(more: Partial<DialogueDraft> = {}): DialogueDraft {
  return {
    opening: 'Shall we?',
    attachments: [],
    participants: [
      { key: '1', name: ' Ada ', model: 'echo/echo', system: ' You are for it. ', params: {} },
      { key: '2', name: 'Kemal', model: 'ollama/qwen3:8b', system: '', params: {} },
    ],
    policy: 'round_robin',
    moderator: 'echo/echo',
    turns: '8',
    tokens: '',
    usd: '',
    minutes: '',
    ...more,
  }
}

describe('a dialogue that is set up', () => {
  it('becomes a command of the protocol', () => {
    expect(commandOf(draft({ usd: '0,5', minutes: '2' }), 'm1')).toEqual({
      type: 'dialogue',
      conversation: null,
      id: 'm1',
      opening: 'Shall we?',
      participants: [
        { name: 'Ada', model: 'echo/echo', system: 'You are for it.', params: {} },
        { name: 'Kemal', model: 'ollama/qwen3:8b', system: '', params: {} },
      ],
      turn_policy: 'round_robin',
      limits: { turns: 8, tokens: null, usd: 0.5, seconds: 120 },
    })
  })

  it('names its moderator only where one moderates', () => {
    expect(commandOf(draft({ policy: 'moderator' }), 'm1')).toMatchObject({
      turn_policy: 'moderator',
      moderator: 'echo/echo',
    })
    expect(commandOf(draft({ policy: 'manual' }), 'm1')).not.toHaveProperty('moderator')
  })

  it('says what is missing', () => {
    const [first, second] = draft().participants
    expect(obstacleOf(draft())).toBeNull()
    expect(obstacleOf(draft({ opening: ' ' }))).toBe('opening')
    expect(first && second && obstacleOf(draft({ participants: [first, { ...second, name: '' }] }))).toBe('names')
    expect(first && second && obstacleOf(draft({ participants: [first, { ...second, name: 'ADA' }] }))).toBe('same')
    expect(obstacleOf(draft({ turns: '501' }))).toBe('limits')
    expect(obstacleOf(draft({ tokens: 'many' }))).toBe('limits')
  })

  it('always has a number of turns', () => {
    expect(limitsOf(draft({ turns: '' }))).toBeNull()
  })
})
