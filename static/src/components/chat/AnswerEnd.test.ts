// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { describe, expect, it } from 'vitest'

import { type Language, loadMessages, makeI18n } from '@/i18n'
import { en } from '@/i18n/en'
import type { AnswerMessage } from '@/protocol/types.gen'

import AnswerEnd from './AnswerEnd.vue'

async function shown(answer: Partial<AnswerMessage>, language: Language = 'en'): Promise<string> {
  const given = {
    id: 'a',
    model: 'echo/echo',
    status: 'complete',
    finish: 'stop',
    parts: [],
    ...answer,
  } as unknown as AnswerMessage
  const plugins = [createPinia(), makeI18n(language, await loadMessages(language))]
  return mount(AnswerEnd, { props: { answer: given, empty: false, readonly: true }, global: { plugins } }).text()
}

describe('an answer that was to be JSON and is none', () => {
  it.each([
    ['en', 'This answer is not valid JSON.'],
    ['tr', 'Bu yanıt geçerli JSON değil.'],
    ['ru', 'Этот ответ — не корректный JSON.'],
  ] as const)('is said to be none, in %s', async (language, sentence) => {
    expect(await shown({ invalid_json: true }, language)).toBe(sentence)
  })

  it('that was also cut is said to be both', async () => {
    expect(await shown({ invalid_json: true, finish: 'length' })).toMatch(/maximum length.*not valid JSON/)
  })

  it('leaves one that is JSON without a word', async () => {
    expect(await shown({})).toBe('')
  })
})

describe('an answer of which words are missing', () => {
  it.each([
    ['en', /Words are missing where \[…\] stands/],
    ['tr', /\[…\] olan yerde sözcükler eksik/],
    ['ru', /Там, где стоит \[…\], не хватает слов/],
  ] as const)('says so beside its end, in %s', async (language, sentence) => {
    expect(await shown({ status: 'interrupted', gaps: 1 }, language)).toMatch(sentence)
    expect(await shown({ status: 'interrupted' }, language)).not.toMatch(sentence)
  })
})

describe('a failed answer', () => {
  const failed = (code: string, message: string): Partial<AnswerMessage> => ({
    status: 'failed',
    error: { code, message, retryable: true } as AnswerMessage['error'],
  })

  it.each(Object.keys(en.errors.title))(
    'that the server has told of (%s) says it once, in the server’s words',
    async (code) => {
      expect(await shown(failed(code, 'echo did not answer in time. Try again.'))).toBe(
        'echo did not answer in time. Try again.',
      )
    },
  )

  it.each(Object.entries(en.errors.title))(
    'without words, as in a blind comparison, is told by its kind (%s)',
    async (code, title) => {
      expect(await shown(failed(code, ''))).toBe(title)
    },
  )

  it('of a kind that this page does not know has a title as well', async () => {
    expect(await shown(failed('novel', ''))).toBe(en.errors.title.internal)
  })
})
