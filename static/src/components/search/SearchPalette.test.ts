// @vitest-environment jsdom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { makeI18n } from '@/i18n'
import { useConnection } from '@/stores/connection'
import { useDialogs } from '@/stores/dialogs'
import { Http } from '@/transport/http'
import { FakeServer } from '@/transport/fake'

import SearchPalette from './SearchPalette.vue'

let palette: VueWrapper

beforeEach(async () => {
  localStorage.clear()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  Element.prototype.scrollIntoView ??= () => {}
  const pinia = createPinia()
  setActivePinia(pinia)
  const server = new FakeServer()
  useConnection().start(server.transport(), new Http(server.fetch), () => {})
  palette = mount(SearchPalette, { global: { plugins: [pinia, makeI18n('en')] }, attachTo: document.body })
  useDialogs().sheet = 'palette'
  await flushPromises()
})

afterEach(() => {
  palette.unmount()
  vi.unstubAllGlobals()
  document.body.replaceChildren()
})

const box = (): HTMLInputElement => document.body.querySelector('[role=combobox]') as HTMLInputElement
const options = (): HTMLElement[] => [...document.body.querySelectorAll<HTMLElement>('[role=option]')]

async function type(text: string): Promise<void> {
  box().value = text
  box().dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
}

async function press(key: string): Promise<void> {
  box().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  await flushPromises()
}

describe('the palette', () => {
  it('is a dialog with a name, and a text box that leads its list', () => {
    const dialog = document.body.querySelector('[role=dialog]')
    expect(dialog?.getAttribute('aria-labelledby')).toBeTruthy()
    expect(box().getAttribute('aria-controls')).toBeTruthy()
  })

  it('finds an action by its words, and does it with Enter', async () => {
    await type('librar')
    const found = options().map((option) => option.textContent ?? '')
    expect(found.some((text) => text.includes('Library'))).toBe(true)
    await press('Enter')
    expect(useDialogs().sheet).not.toBe('palette')
  })

  it('goes through what it found with the arrows, one at a time', async () => {
    await type('e')
    const first = box().getAttribute('aria-activedescendant')
    await press('ArrowDown')
    expect(box().getAttribute('aria-activedescendant')).not.toBe(first)
    await press('ArrowUp')
    expect(box().getAttribute('aria-activedescendant')).toBe(first)
  })
})
