// @vitest-environment jsdom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { useChat } from '@/stores/chat'
import { CommandError, useConnection } from '@/stores/connection'
import { useOutbox } from '@/stores/outbox'
import { usePreferences } from '@/stores/preferences'
import { useToasts } from '@/stores/toasts'
import { FakeServer } from '@/transport/fake'
import { Http } from '@/transport/http'
import { englishI18n } from '@/testing/i18n'

// Loaded when it is first wanted: here it is there before.
import './CompletionList.vue'
import MessageComposer from './MessageComposer.vue'

let wrapper: VueWrapper
let sent: string[]

beforeEach(async () => {
  localStorage.clear()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('CSS', { supports: () => true })
  Element.prototype.scrollIntoView ??= () => {}
  const pinia = createPinia()
  setActivePinia(pinia)
  const server = new FakeServer()
  useChat().start()
  useConnection().start(server.transport(), new Http(server.fetch), () => {})
  sent = []
  vi.spyOn(useOutbox(), 'send').mockImplementation(async ({ text }) => {
    sent.push(text)
    return ''
  })
  wrapper = mount(MessageComposer, { global: { plugins: [pinia, englishI18n()] }, attachTo: document.body })
})

afterEach(() => {
  wrapper.unmount()
  vi.unstubAllGlobals()
})

async function type(text: string): Promise<void> {
  await wrapper.get('textarea').setValue(text)
}

async function press(key: string, more: object = {}): Promise<void> {
  await wrapper.get('textarea').trigger('keydown', { key, ...more })
}

describe('the composer', () => {
  it('sends with Enter and is empty then', async () => {
    await type('Hello')
    await press('Enter')
    expect(sent).toEqual(['Hello'])
    expect(wrapper.get('textarea').element.value).toBe('')
  })

  it.each([{ shiftKey: true }, { isComposing: true }, { keyCode: 229 }])(
    'does not send with Enter and %o',
    async (more) => {
      await type('かな')
      await press('Enter', more)
      expect(sent).toEqual([])
      expect(wrapper.get('textarea').element.value).toBe('かな')
    },
  )

  it('sends with Ctrl+Enter only, where a person wants that', async () => {
    usePreferences().sendWith = 'mod-enter'
    await type('Hello')
    await press('Enter')
    expect(sent).toEqual([])
    await press('Enter', { ctrlKey: true })
    expect(sent).toEqual(['Hello'])
  })

  it('says why it cannot send', async () => {
    expect(wrapper.get('.send').attributes()).toMatchObject({
      'aria-disabled': 'true',
      'data-tip': 'Write a message first',
    })
    await type('Hello')
    expect(wrapper.get('.send').attributes()).toMatchObject({ 'aria-disabled': 'false', 'data-tip': 'Send' })
    await wrapper.get('form').trigger('submit')
    expect(sent).toEqual(['Hello'])
  })

  it('keeps what is written for the next visit', async () => {
    await type('half a thought')
    wrapper.unmount()
    wrapper = mount(MessageComposer, { global: { plugins: [englishI18n()] }, attachTo: document.body })
    expect(wrapper.get('textarea').element.value).toBe('half a thought')
  })

  it('gives the words back where the server would not have them', async () => {
    vi.mocked(useOutbox().send).mockRejectedValue(new CommandError('rate_limited', 'Slow down.', true))
    await type('precious words')
    await press('Enter')
    await vi.waitFor(() => expect(wrapper.get('textarea').element.value).toBe('precious words'))
    expect(useToasts().toasts.map((toast) => toast.text)).toEqual(['The message was not sent. Slow down.'])
  })

  it('gives them back before what was written meanwhile', async () => {
    let refuse: (why: CommandError) => void = () => {}
    vi.mocked(useOutbox().send).mockReturnValue(new Promise((_, reject) => (refuse = reject)))
    await type('precious words')
    await press('Enter')
    await type('and more')
    refuse(new CommandError('unreachable', '', true))
    await vi.waitFor(() => expect(wrapper.get('textarea').element.value).toBe('precious words\n\nand more'))
  })
})

describe('what / offers', () => {
  const offered = (): string[] => wrapper.findAll('[role=option] .name').map((name) => name.text())

  function keeps(...prompts: { id: number; mine: boolean; name: string; text: string }[]): void {
    vi.spyOn(useConnection().http, 'call').mockResolvedValue({ prompts } as never)
  }

  async function write(text: string): Promise<void> {
    await type(text)
    await flushPromises()
  }

  it('are examples while nothing is kept, each usable at once', async () => {
    keeps()
    await write('/')
    expect(offered()).toEqual([
      'Translate',
      'Summarise',
      'Explain',
      'Improve writing',
      'Letter',
      'Code review',
      'remember',
      'Manage prompts…',
    ])
    await write('Please. /impr')
    expect(offered()).toEqual(['Improve writing'])
    await press('Enter')
    await flushPromises()
    const box = wrapper.get('textarea').element
    expect(box.value).toMatch(/^Please\. Make the following clearer .*\{\{text\}\}$/su)
    expect(box.value.slice(box.selectionStart, box.selectionEnd)).toContain('text')
    expect(sent).toEqual([])
  })

  it('are one’s own prompts alone, once there is one', async () => {
    keeps({ id: 7, mine: true, name: 'Ask Ada', text: 'What would Ada say?' })
    await write('/')
    expect(offered()).toEqual(['Ask Ada', 'remember', 'Manage prompts…'])
  })

  it('are others’ shared prompts, and examples behind them', async () => {
    keeps({ id: 7, mine: false, name: 'House style', text: 'Write as we do.' })
    await write('/')
    expect(offered().slice(0, 2)).toEqual(['House style', 'Translate'])
  })

  it('are no examples where it is not known what is kept', async () => {
    vi.spyOn(useConnection().http, 'call').mockRejectedValue(new Error('offline'))
    await write('/')
    expect(offered()).toEqual(['remember', 'Manage prompts…'])
  })

  it('are there once they are known, and what is meant stays so where others come above it', async () => {
    const kept = (name: string) => ({ id: name.length, mine: true, name, text: name })
    const call = vi.spyOn(useConnection().http, 'call')
    let answer: (found: { prompts: object[] }) => void = () => {}
    const hold = (): void => void call.mockReturnValue(new Promise((resolve) => (answer = resolve)) as never)
    hold()
    await write('/')
    expect(offered()).toEqual([])
    answer({ prompts: [kept('Ask Ada')] })
    await flushPromises()
    await write('no mark')
    hold()
    await write('/')
    expect(wrapper.get('[data-highlighted] .name').text()).toBe('Ask Ada')
    answer({ prompts: [kept('Answer Bob'), kept('Ask Ada')] })
    await flushPromises()
    await flushPromises()
    expect(offered().slice(0, 2)).toEqual(['Answer Bob', 'Ask Ada'])
    expect(wrapper.get('[data-highlighted] .name').text()).toBe('Ask Ada')
    await press('Enter')
    await flushPromises()
    expect(wrapper.get('textarea').element.value).toBe('Ask Ada')
  })

  it('are gone through with the keys of the text box, which keeps the focus and tells which one is meant', async () => {
    keeps()
    await write('/')
    const box = wrapper.get('textarea')
    const meant = (): string =>
      document.getElementById(box.attributes('aria-activedescendant') ?? '')?.querySelector('.name')?.textContent ?? ''
    expect(document.getElementById(box.attributes('aria-controls') ?? '')?.getAttribute('role')).toBe('listbox')
    const seen = [meant()]
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'ArrowUp', 'ArrowUp']) {
      await press(key)
      await flushPromises()
      expect(wrapper.findAll('[role=option][aria-selected=true]').map((option) => option.get('.name').text())).toEqual([
        meant(),
      ])
      expect(wrapper.findAll('[data-highlighted]')).toHaveLength(1)
      seen.push(meant())
    }
    expect(seen).toEqual(['Translate', 'Summarise', 'Explain', 'Summarise', 'Translate', 'Manage prompts…'])
    expect(document.activeElement).toBe(box.element)
    expect(wrapper.findAll('[role=listbox], [role=option]').every((one) => one.attributes('tabindex') === '-1')).toBe(
      true,
    )
  })

  it('are taken by a press, and the pointer going away changes nothing', async () => {
    keeps()
    await write('/')
    const third = wrapper.findAll('[role=option]')[2]
    await third?.trigger('pointermove')
    wrapper.get('[role=listbox]').element.parentElement?.dispatchEvent(new Event('pointerleave'))
    await flushPromises()
    expect(wrapper.get('textarea').attributes('aria-activedescendant')).toBe(third?.attributes('id'))
    await third?.trigger('click')
    await flushPromises()
    expect(wrapper.get('textarea').element.value).toMatch(/^Explain/)
    expect(wrapper.find('[role=listbox]').exists()).toBe(false)
  })
})
