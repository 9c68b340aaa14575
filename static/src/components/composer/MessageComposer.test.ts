// @vitest-environment jsdom
import { mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { makeI18n } from '@/i18n'
import { useChat } from '@/stores/chat'
import { CommandError, useConnection } from '@/stores/connection'
import { useOutbox } from '@/stores/outbox'
import { usePreferences } from '@/stores/preferences'
import { useToasts } from '@/stores/toasts'
import { FakeServer } from '@/transport/fake'
import { Http } from '@/transport/http'

import MessageComposer from './MessageComposer.vue'

let wrapper: VueWrapper
let sent: string[]

beforeEach(async () => {
  localStorage.clear()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('CSS', { supports: () => true })
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
  wrapper = mount(MessageComposer, { global: { plugins: [pinia, makeI18n('en')] }, attachTo: document.body })
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

  it.each([{ shiftKey: true }, { isComposing: true }, { keyCode: 229 }])('does not send with Enter and %o', async (more) => {
    await type('かな')
    await press('Enter', more)
    expect(sent).toEqual([])
    expect(wrapper.get('textarea').element.value).toBe('かな')
  })

  it('sends with Ctrl+Enter only, where a person wants that', async () => {
    usePreferences().sendWith = 'mod-enter'
    await type('Hello')
    await press('Enter')
    expect(sent).toEqual([])
    await press('Enter', { ctrlKey: true })
    expect(sent).toEqual(['Hello'])
  })

  it('says why it cannot send', async () => {
    expect(wrapper.get('.send').attributes()).toMatchObject({ 'aria-disabled': 'true', 'data-tip': 'Write a message first' })
    await type('Hello')
    expect(wrapper.get('.send').attributes()).toMatchObject({ 'aria-disabled': 'false', 'data-tip': 'Send' })
    await wrapper.get('form').trigger('submit')
    expect(sent).toEqual(['Hello'])
  })

  it('keeps what is written for the next visit', async () => {
    await type('half a thought')
    wrapper.unmount()
    wrapper = mount(MessageComposer, { global: { plugins: [makeI18n('en')] }, attachTo: document.body })
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
