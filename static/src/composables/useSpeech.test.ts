// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick } from 'vue'

import { useSpeech } from './useSpeech'
import { englishI18n } from '@/testing/i18n'

class Utterance {
  lang = ''
  onend?: () => void
  onerror?: () => void
  constructor(readonly text: string) {}
}

let queue: Utterance[]

/** Says nothing, and like a browser tells of what is cancelled only later. */
const voice = {
  speak: (utterance: Utterance) => queue.push(utterance),
  cancel: () => {
    const cancelled = queue
    queue = []
    setTimeout(() => cancelled.forEach((utterance) => utterance.onerror?.()))
  },
}

const Reader = defineComponent({
  setup() {
    const speech = useSpeech()
    return () =>
      h('button', {
        'aria-pressed': speech.speaking.value,
        onClick: () => speech.toggle('Güneş doğar.\n\n```\nno\n```\n\nGün başlar.'),
      })
  },
})

function open() {
  return mount(Reader, { global: { plugins: [englishI18n()] } })
}

beforeEach(() => {
  queue = []
  vi.stubGlobal('SpeechSynthesisUtterance', Utterance)
  vi.stubGlobal('speechSynthesis', voice)
})

describe('reading aloud', () => {
  it('says the words in their own language, and has ended after the last', async () => {
    const reader = open()
    await reader.trigger('click')
    expect(queue.map(({ lang, text }) => [lang, text])).toEqual([
      ['tr', 'Güneş doğar.'],
      ['tr', 'Gün başlar.'],
    ])
    expect(reader.attributes('aria-pressed')).toBe('true')
    queue.at(-1)?.onend?.()
    await nextTick()
    expect(reader.attributes('aria-pressed')).toBe('false')
    reader.unmount()
  })

  it('is one text at a time: another takes the voice over', async () => {
    const [one, other] = [open(), open()]
    await one.trigger('click')
    await other.trigger('click')
    await new Promise((resolve) => setTimeout(resolve))
    expect(queue).toHaveLength(2)
    expect([one.attributes('aria-pressed'), other.attributes('aria-pressed')]).toEqual(['false', 'true'])
    one.unmount()
    expect(queue).toHaveLength(2)
    other.unmount()
    expect(queue).toHaveLength(0)
  })
})
