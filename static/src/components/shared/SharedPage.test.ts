// @vitest-environment jsdom
import type { VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { AT, beginPage, endPage, mountOnPage } from '@/components/chat/samples'
import { LANE_COLOURS } from '@/domain/colours'
import type { SharedMessage } from '@/domain/shared'

import SharedPage from './SharedPage.vue'

let page: VueWrapper

beforeEach(() => void beginPage())
afterEach(() => {
  page.unmount()
  endPage()
})

function said(id: string, more: Partial<SharedMessage> = {}): SharedMessage {
  return {
    id,
    role: 'assistant',
    at: AT,
    parts: [{ type: 'text', text: `Words of ${id}.` }],
    withheld: 0,
    model: id,
    status: 'complete',
    ...more,
  }
}

const asked = (id: string): SharedMessage => ({
  id,
  role: 'user',
  at: AT,
  parts: [{ type: 'text', text: 'Which tea?' }],
  withheld: 0,
})

/** Without that of the elements in it. */
function ownText(element: Element): string {
  return [...element.childNodes]
    .filter((node) => node.nodeType === Node.TEXT_NODE)
    .map((node) => node.textContent)
    .join('')
    .trim()
}

function show(...messages: SharedMessage[]) {
  page = mountOnPage(SharedPage, { shown: { title: 'Tea', created: AT, files: '/s/token/attachments/', messages } })
  return page.findAll('[data-shared=assistant]').map((answer) => ({
    name: ownText(answer.get('.who').element),
    colour: answer.classes().find((one) => one.startsWith('lane-')),
    chosen: answer.get('.who').text().includes('Selected'),
    words: answer.get('.body').text(),
  }))
}

it('shows answers by the order of their lanes, with names and colours, and which was chosen', () => {
  const answers = show(
    asked('q'),
    said('c', { place: 2, model: 'qwen3:8b' }),
    said('a', { place: 0, model: 'gpt' }),
    said('b', { place: 1, model: 'gpt', chosen: true }),
  )
  expect(answers).toEqual([
    { name: 'gpt 1', colour: 'lane-0', chosen: false, words: 'Words of a.' },
    { name: 'gpt 2', colour: 'lane-1', chosen: true, words: 'Words of b.' },
    { name: 'qwen3:8b', colour: 'lane-2', chosen: false, words: 'Words of c.' },
  ])
})

it('shows those of lanes that left behind the others, and begins the colours anew where there are more lanes', () => {
  const answers = show(asked('q'), said('gone'), said('last', { place: LANE_COLOURS }), said('first', { place: 0 }))
  expect(answers.map(({ name, colour }) => [name, colour])).toEqual([
    ['first', 'lane-0'],
    ['last', 'lane-0'],
    ['gone', undefined],
  ])
})

it('says nothing of a choice where there is one answer', () => {
  expect(
    show(asked('q'), said('alone', { place: 0, chosen: true }), asked('q2'), said('then', { place: 0 })).map(
      (answer) => answer.chosen,
    ),
  ).toEqual([false, false])
})
