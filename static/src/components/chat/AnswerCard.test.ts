// @vitest-environment jsdom
import { type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { useChat } from '@/stores/chat'

import AnswerCard from './AnswerCard.vue'
import { answer, answerHeader, AT, beginPage, endPage, lastTurn, mountOnPage, question, turnOf } from './samples'

let line: ReturnType<typeof beginPage>
let card: VueWrapper
const drawnAgain = vi.fn()

beforeEach(() => {
  line = beginPage()
  drawnAgain.mockClear()
})
afterEach(() => {
  card.unmount()
  endPage()
})

function show(): VueWrapper {
  const turn = lastTurn()
  card = mountOnPage(AnswerCard, { turn, cell: turn.cells[0], framed: true, last: true, onVnodeUpdated: drawnAgain })
  return card
}

/** Of the first lane, of which nothing has come. */
async function streaming(more: object = {}): Promise<VueWrapper> {
  await turnOf(line, question())
  await line.tellAll({ type: 'start', message: answerHeader('a', more) })
  return show()
}

const delta = (seq: number, text: string, part = 'text'): object => ({
  type: 'delta',
  message: 'answer-a',
  seq,
  part,
  text,
})

describe('the card of an answer', () => {
  it('waits with the name of its model until words come, and shows each word that comes', async () => {
    await streaming()
    expect(card.get('.name').text()).toBe('gpt-4.1-mini')
    expect(card.attributes('aria-busy')).toBe('true')
    await line.tellAll(delta(0, 'One '), delta(1, 'two'))
    expect(card.get('.md').text()).toBe('One two')
    await line.tellAll(delta(2, ' three'))
    expect(card.get('.md').text()).toBe('One two three')
  })

  it('is not drawn again for words: only what says them is', async () => {
    await streaming()
    await line.tellAll(delta(0, 'Word'))
    drawnAgain.mockClear()
    for (let seq = 1; seq <= 30; seq += 1) await line.tellAll(delta(seq, ` word${seq}`))
    expect(card.get('.md').text()).toContain('word30')
    // Its clock is its own; what is round it stands still.
    expect(drawnAgain).not.toHaveBeenCalled()
  })

  it('says its place in the queue, and what the server waits for', async () => {
    await streaming({ status: 'queued', position: 3 })
    expect(card.text()).toContain('3')
    expect(card.attributes('data-status')).toBe('queued')
    await line.tellAll({ type: 'note', message: 'answer-a', code: 'loading', text: 'Loading the model…' })
    expect(card.text()).toContain('Loading the model…')
  })

  it('offers to stop while it answers, and not afterwards', async () => {
    await streaming()
    await card.get('button[aria-label="Stop this answer"]').trigger('click')
    expect(line.sent.at(-1)).toMatchObject({ type: 'stop', message: 'answer-a' })
    await line.tellAll({ type: 'record', record: answer('a') })
    expect(card.find('button[aria-label="Stop this answer"]').exists()).toBe(false)
    expect(card.get('.md').text()).toBe('From a.')
    expect(card.get('time').attributes('datetime')).toBe(AT)
  })

  it('shows what failed with its reason and keeps the words that had come', async () => {
    const error = { code: 'overloaded', message: 'Too busy.', retryable: true }
    await turnOf(line, question(), answer('a', { status: 'failed', error }))
    show()
    expect(card.get('[role=alert]').text()).toContain('Too busy.')
    expect(card.get('.md').text()).toBe('From a.')
    await card
      .findAll('button')
      .find((button) => button.text() === 'Retry')
      ?.trigger('click')
    expect(line.sent.at(-1)).toMatchObject({ type: 'regenerate' })
  })

  it('holds the place of words that are not here yet', async () => {
    await turnOf(line, question(), answer('a', { parts: undefined, elided: true }))
    expect(show().find('.elided').exists()).toBe(true)
    expect(card.find('.empty').exists()).toBe(false)
  })

  it('names no model while a blind turn is not decided', async () => {
    await turnOf(line, question({ blind: true }), answer('a'), answer('b'))
    show()
    expect(card.text()).not.toContain('gpt')
    expect(card.text()).not.toContain('claude')
    expect(useChat().state.messages.get('answer-a')).toBeDefined()
  })
})
