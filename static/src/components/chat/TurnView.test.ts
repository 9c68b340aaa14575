// @vitest-environment jsdom
import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { useChat } from '@/stores/chat'
import { usePreferences } from '@/stores/preferences'

import { answer, answerHeader, AT, beginPage, endPage, mountOnPage, question, turnOf } from './samples'
import TurnView from './TurnView.vue'

let line: ReturnType<typeof beginPage>

beforeEach(() => {
  line = beginPage()
})
afterEach(endPage)

async function shown(...records: object[]): Promise<VueWrapper> {
  return mountOnPage(TurnView, { turn: await turnOf(line, ...records), sending: false, last: true })
}

describe('a turn', () => {
  it('has a card for each lane, in the order of the lanes, with a name, a mark and a time', async () => {
    const view = await shown(question(), answer('c'), answer('a'), answer('b'))
    const cards = view.findAll('[data-answer]')
    expect(cards.map((card) => card.get('.name').text())).toEqual(['gpt-4.1-mini', 'claude-opus', 'qwen3'])
    expect(cards.map((card) => card.get('.model-mark').attributes('data-letters'))).toEqual(['AI', 'A', 'Q'])
    for (const card of cards) expect(card.get('time').attributes('datetime')).toBe(AT)
  })

  it('says how many failed, and that one of them can be asked again', async () => {
    const error = { code: 'overloaded', message: 'Too busy.', retryable: true }
    const view = await shown(question(), answer('a'), answer('b', { status: 'failed', error, parts: [] }), answer('c'))
    expect(view.text()).toContain('1 of 3 failed')
    expect(view.get('[data-answer="answer-b"]').attributes('data-status')).toBe('failed')
    expect(view.get('[data-answer="answer-b"] [role=alert]').text()).toContain('Too busy.')
  })

  it.each(['stopped', 'interrupted', 'failed'] as const)(
    'offers to continue an answer that was %s with words in it',
    async (status) => {
      const error = status === 'failed' ? { code: 'network', message: 'Broke off.', retryable: true } : undefined
      const view = await shown(question(), answer('a', { status, error }), answer('b', { status, error, parts: [] }))
      expect(view.get('[data-answer="answer-a"]').text()).toContain('Continue')
      expect(view.get('[data-answer="answer-b"]').text()).not.toContain('Continue')
    },
  )

  it('shows three buttons and a menu below an answer', async () => {
    const view = await shown(question(), answer('a'))
    const labels = view.findAll('[data-answer] .actions > button').map((button) => button.attributes('aria-label'))
    expect(labels).toEqual(['Copy the answer', 'Regenerate', 'Good answer', 'More'])
  })

  it('marks the answer that the conversation continues from, and offers the others', async () => {
    const view = await shown(question(), answer('a'), answer('b'), answer('c'))
    expect(view.findAll('.chosen').map((card) => card.attributes('data-answer'))).toEqual(['answer-a'])
    expect(view.get('[data-answer="answer-b"]').text()).toContain('Continue from here')
    expect(view.get('[data-answer="answer-a"]').text()).toContain('Selected')
  })

  it('shows one of them as a tab where the layout is tabs, and another when that is chosen', async () => {
    usePreferences().layout = 'tabs'
    const view = await shown(question(), answer('a'), answer('b'), answer('c'))
    expect(view.findAll('[role=tab]').map((tab) => tab.attributes('aria-label'))).toEqual([
      'gpt-4.1-mini: Complete',
      'claude-opus: Complete',
      'qwen3: Complete',
    ])
    expect(view.get('[role=tabpanel] .name').text()).toBe('gpt-4.1-mini')
    await view.findAll('[role=tab]')[2]?.trigger('mousedown')
    expect(view.get('[role=tabpanel] .name').text()).toBe('qwen3')
  })

  it('that still loads keeps its place and asks for its words, without `parts` and without an error', async () => {
    const elided = { parts: undefined, elided: true }
    const view = await shown(question(elided), answer('a', elided), answer('b', elided))
    await flushPromises()
    expect(view.find('.bubble.elided').exists()).toBe(true)
    expect(view.findAll('[data-answer] .elided')).toHaveLength(2)
    expect(line.asked.filter((url) => url.includes('question') && url.includes('answer-b'))).toHaveLength(1)
  })

  it.each(['columns', 'tabs'] as const)('is not drawn again by what is said in another turn, as %s', async (layout) => {
    usePreferences().layout = layout
    const next = question({ id: 'next', parent: 'answer-a' })
    await turnOf(line, question(), answer('a'), answer('b'), answer('c'), next)
    const [turn] = useChat().turns
    const drawn: string[] = []
    const view = mountOnPage(TurnView, { turn, sending: false, last: false }, (name) => drawn.push(name))
    await flushPromises()
    drawn.length = 0
    const later = { id: 'later', parent: 'next' }
    await line.tellAll({ type: 'start', message: answerHeader('a', later) })
    await line.tellAll({ type: 'delta', message: 'later', part: 'text', seq: 0, text: 'Words' })
    await line.tellAll({ type: 'record', record: answer('a', later) })
    await line.tellAll({ type: 'record', record: question({ id: 'last', parent: 'later' }) })
    expect(useChat().turns).toHaveLength(3)
    expect(useChat().turns[0]).toBe(turn)
    expect(drawn).toEqual([])
    await line.tellAll({ type: 'start', message: answerHeader('b', { id: 'again' }) })
    await view.setProps({ turn: useChat().turns[0] })
    expect(drawn).toContain('TurnView')
  })
})
