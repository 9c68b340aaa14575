// @vitest-environment jsdom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { useChat } from '@/stores/chat'
import { type ChatRow, useChats } from '@/stores/chats'
import { useConnection } from '@/stores/connection'
import { useTabs } from '@/stores/tabs'
import { FakeServer } from '@/transport/fake'
import { Http } from '@/transport/http'
import { englishI18n } from '@/testing/i18n'

import TabStrip from './TabStrip.vue'

let strip: VueWrapper

beforeEach(async () => {
  localStorage.clear()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  const pinia = createPinia()
  setActivePinia(pinia)
  const server = new FakeServer()
  useChat().start()
  useConnection().start(server.transport(), new Http(server.fetch), () => {})
  const tabs = useTabs()
  for (const name of ['b', 'c']) tabs.open(name, name.toUpperCase(), { conversation: 'a', title: 'A' })
  strip = mount(TabStrip, { global: { plugins: [pinia, englishI18n()] }, attachTo: document.body })
  await flushPromises()
})

afterEach(() => {
  strip.unmount()
  vi.unstubAllGlobals()
  document.body.replaceChildren()
})

const tabs = () => strip.findAll<HTMLElement>('[role=tab]')
const names = (): string[] => tabs().map((tab) => tab.text())
const selected = (): string[] => strip.findAll('[aria-selected=true]').map((tab) => tab.text())

async function press(key: string, more: object = {}): Promise<void> {
  const tab = tabs().find((one) => one.element === document.activeElement)
  await tab?.trigger('keydown', { key, ...more })
  await flushPromises()
}

async function begin(): Promise<void> {
  tabs()[0]?.element.focus()
  await flushPromises()
}

describe('the tabs of open conversations', () => {
  it('are a list of tabs alone; what closes them stands beside it', () => {
    const list = strip.get('[role=tablist]')
    expect(list.attributes('aria-label')).toBeTruthy()
    expect(list.findAll(':scope > *').every((child) => child.attributes('role') === 'tab')).toBe(true)
    expect(list.findAll('button, a')).toHaveLength(0)
    expect(strip.findAll('button.close').map((button) => button.attributes('aria-label'))).toEqual([
      'Close the tab “A”',
      'Close the tab “B”',
      'Close the tab “C”',
    ])
  })

  it.each([
    [1, 'Waits for your permission'],
    [0, 'Answering'],
  ])('show what goes on in a conversation: with %i that wait, “%s”', async (waiting, label) => {
    const row = { id: 'b', title: 'B', tags: [], models: [], answering: 1, waiting }
    vi.spyOn(useChats(), 'find').mockImplementation((id) => (id === 'b' ? (row as unknown as ChatRow) : undefined))
    useTabs().open('d', 'D', { conversation: 'a', title: 'A' })
    await flushPromises()
    expect(tabs().map((tab) => tab.find('[role=img]').exists())).toEqual([false, true, false, false])
    expect(tabs()[1]?.get('[role=img]').attributes('aria-label')).toBe(label)
  })

  it.each([
    [['ArrowRight'], 'B'],
    [['ArrowRight', 'ArrowRight', 'ArrowRight'], 'A'],
    [['ArrowLeft'], 'C'],
    [['End'], 'C'],
    [['End', 'Home'], 'A'],
  ])('are gone through with %j to %s, which keeps the focus', async (keys, name) => {
    await begin()
    for (const key of keys) await press(key)
    expect(selected()).toEqual([name])
    expect(document.activeElement?.textContent).toBe(name)
    expect(tabs().filter((tab) => tab.attributes('tabindex') === '0')).toHaveLength(1)
  })

  it('are moved with Shift and an arrow, and closed with Delete', async () => {
    await begin()
    await press('ArrowRight', { shiftKey: true })
    expect(names()).toEqual(['B', 'A', 'C'])
    expect(document.activeElement?.textContent).toBe('A')
    await press('Delete')
    expect(names()).toEqual(['B', 'C'])
  })

  it('are dragged to another place', async () => {
    await tabs()[2]?.trigger('dragstart')
    await tabs()[0]?.trigger('drop')
    expect(names()).toEqual(['C', 'A', 'B'])
  })

  it('are shown by a press, and closed by their button or the middle of a mouse', async () => {
    await tabs()[1]?.trigger('mousedown', { button: 0 })
    expect(selected()).toEqual(['B'])
    await strip.findAll('button.close')[0]?.trigger('click')
    expect(names()).toEqual(['B', 'C'])
    await tabs()[1]?.trigger('auxclick', { button: 1 })
    expect(tabs()).toHaveLength(0)
  })
})
