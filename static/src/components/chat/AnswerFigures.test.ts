// @vitest-environment jsdom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { type Language, loadMessages, makeI18n } from '@/i18n'
import type { AnswerMessage, Usage } from '@/protocol/types.gen'

import AnswerFigures from './AnswerFigures.vue'

let shown: VueWrapper

beforeEach(() =>
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  ),
)

afterEach(() => {
  shown.unmount()
  vi.unstubAllGlobals()
})

async function figures(
  usage: Partial<Usage>,
  language: Language = 'en',
): Promise<{ line: string; details: Map<string, string> }> {
  const answer = {
    at: '2026-11-30T12:00:00.000Z',
    model: 'echo/echo',
    status: 'complete',
    finish: 'stop',
    cost: { usd: 0, source: 'free' },
    timing: { first_token_ms: 5, total_ms: 900 },
    usage: { input: 3000, output: 50, reasoning: null, cached: null, ...usage },
  } as unknown as AnswerMessage
  shown = mount(AnswerFigures, {
    props: { answer },
    global: { plugins: [makeI18n(language, await loadMessages(language))] },
    attachTo: document.body,
  })
  await shown.get('button').trigger('click')
  await flushPromises()
  const texts = (name: string): string[] =>
    [...document.querySelectorAll(`.rows ${name}`)].map((one) => one.textContent ?? '')
  const values = texts('dd')
  return {
    line: shown.get('button').text(),
    details: new Map(texts('dt').map((name, place) => [name, values[place] ?? ''])),
  }
}

describe('the tokens that tools took', () => {
  it.each([
    ['en', 'tools about 340', 'Input tokens', 'of which tool definitions', 'about 340'],
    ['tr', 'araçlar yaklaşık 340', 'Giriş tokenı', 'bunun içinde araç tanımları', 'yaklaşık 340'],
    ['ru', 'инструменты около 340', 'Входные токены', 'из них описания инструментов', 'около 340'],
  ] as const)(
    'stand in the footer of an answer, and in its details under those that it was sent, in %s',
    async (language, inLine, input, name, value) => {
      const { line, details } = await figures({ tools: 340 }, language)
      const names = [...details.keys()]
      expect(line).toContain(inLine)
      expect(details.get(name)).toBe(value)
      expect(names.indexOf(name)).toBe(names.indexOf(input) + 1)
    },
  )

  it.each([[{}], [{ tools: 0 }]])('are not spoken of where none were offered: %j', async (usage) => {
    const { line, details } = await figures(usage)
    expect(line).not.toContain('tools')
    expect([...details.keys()].filter((name) => name.includes('tool'))).toEqual([])
    expect(details.get('Input tokens')).toBe('3,000')
  })
})
