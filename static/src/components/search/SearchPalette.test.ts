// @vitest-environment jsdom

import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, getActivePinia, type Pinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { boot } from '@/boot'
import { SHORTCUT_NAMES } from '@/domain/shortcuts'
import { SYNONYMS } from '@/domain/synonyms'
import type { FileRecord } from '@/protocol/types.gen'
import { useChat } from '@/stores/chat'
import { type ChatRow, useChats } from '@/stores/chats'
import { useConnection } from '@/stores/connection'
import { SHEETS, useDialogs } from '@/stores/dialogs'
import { useModels } from '@/stores/models'
import { useTabs } from '@/stores/tabs'
import { useToasts } from '@/stores/toasts'
import { Http } from '@/transport/http'
import { FakeServer } from '@/transport/fake'
import { englishI18n } from '@/testing/i18n'

import SearchResult from './SearchResult.vue'
import SearchPalette from './SearchPalette.vue'

let palette: VueWrapper
let server: FakeServer

beforeEach(async () => {
  localStorage.clear()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  )
  Element.prototype.scrollIntoView ??= () => {}
  const pinia = createPinia()
  setActivePinia(pinia)
  server = new FakeServer()
  useConnection().start(server.transport(), new Http(server.fetch), () => {})
  useDialogs().sheet = 'palette'
  await openPalette()
})

async function openPalette(): Promise<void> {
  const plugins = [getActivePinia() as Pinia, englishI18n()]
  palette = mount(SearchPalette, { global: { plugins }, attachTo: document.body })
  await flushPromises()
}

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
  await flushPromises()
}

async function press(key: string, more: object = {}): Promise<void> {
  box().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
  await flushPromises()
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

  it.each([
    ['istatistik', 'Metrics'],
    ['preferences', 'Settings'],
    ['ШАБЛОНЫ', 'Prompts'],
  ])('finds an action by another word for it: %s', async (word, action) => {
    await type(word)
    expect(options().map((option) => option.textContent?.trim())).toEqual([action])
  })

  it('goes through what it found with the arrows, one at a time', async () => {
    await type('e')
    const first = box().getAttribute('aria-activedescendant')
    await press('ArrowDown')
    expect(box().getAttribute('aria-activedescendant')).not.toBe(first)
    await press('ArrowUp')
    expect(box().getAttribute('aria-activedescendant')).toBe(first)
  })

  const lit = (): string => document.body.querySelector('[data-highlighted]')?.textContent?.trim() ?? ''

  /** What is asked of the server waits to be answered. */
  function holdSearches(): ((titles: string[]) => Promise<void>)[] {
    const answers: ((titles: string[]) => Promise<void>)[] = []
    vi.spyOn(useConnection().http, 'call').mockImplementation((() => {
      let resolve: (found: object) => void = () => {}
      const promise = new Promise((done) => (resolve = done))
      answers.push(async (titles) => {
        const hits = titles.map((title) => ({
          message: null,
          role: '',
          at: '2026-11-20T11:00:00Z',
          snippet: title,
          marks: [],
          conversation: { id: title, title, models: [], updated: '2026-11-20T11:00:00Z' },
        }))
        resolve({ hits, conversations: hits.map((hit) => hit.conversation) })
        await flushPromises()
        await flushPromises()
      })
      return promise
    }) as never)
    return answers
  }

  it.each([
    ['the first', []],
    ['another', ['ArrowDown']],
  ])('stays on what it stands on where what is found comes late and above: %s', async (_, keys) => {
    const answers = holdSearches()
    await type('ar')
    for (const key of keys) await press(key)
    const [before, place] = [lit(), options().findIndex((option) => 'highlighted' in option.dataset)]
    expect([before === '', place]).toEqual([false, keys.length])
    await vi.waitFor(() => expect(answers).toHaveLength(1))
    await answers[0]?.(['Trains', 'Travel'])
    expect([lit(), options().findIndex((option) => 'highlighted' in option.dataset)]).toEqual([before, place + 2])
    expect(document.getElementById(box().getAttribute('aria-activedescendant') ?? '')?.textContent?.trim()).toBe(before)
  })

  it('offers nothing in the place of the conversations that were open last, before they are known', async () => {
    palette.unmount()
    const answers = holdSearches()
    await openPalette()
    expect(options()).toHaveLength(0)
    await answers[0]?.(['Trains'])
    expect([options().length > 1, lit()]).toEqual([true, expect.stringContaining('Trains')])
  })

  it.each([
    [['ArrowUp'], -1],
    [['End'], -1],
    [['End', 'ArrowDown'], 0],
    [['ArrowDown', 'ArrowDown', 'Home'], 0],
  ])('goes with %j to its end or its beginning', async (keys, at) => {
    await type('e')
    for (const key of keys) await press(key)
    expect(document.getElementById(box().getAttribute('aria-activedescendant') ?? '')).toBe(options().at(at))
    expect(document.body.querySelectorAll('[role=option][aria-selected=true]')).toHaveLength(1)
  })

  it('has groups with names, and options alone in its list', async () => {
    await type('e')
    const groups = [...document.body.querySelectorAll('[role=listbox] [role=group]')]
    const names = groups.map((group) => document.getElementById(group.getAttribute('aria-labelledby') ?? ''))
    expect(names.length).toBeGreaterThan(0)
    expect(names.every((name) => name?.textContent)).toBe(true)
    expect(document.body.querySelectorAll('[role=listbox] :is(button, a, [role=status], [role=alert])')).toHaveLength(0)
  })

  it('opens in a tab of its own what is taken with Ctrl and Enter', async () => {
    await type('librar')
    const { entries } = palette.vm as unknown as { entries: { key: string; run(beside: boolean): void }[] }
    const run = vi.spyOn(entries[0] as { run(beside: boolean): void }, 'run').mockImplementation(() => {})
    await press('Enter', { ctrlKey: true })
    expect(run.mock.calls).toEqual([[true]])
  })

  it.each([{ isComposing: true }, { keyCode: 229 }])('leaves Enter with %o to the input method', async (more) => {
    await type('librar')
    await press('Enter', more)
    expect(useDialogs().sheet).toBe('palette')
  })

  it('puts actions whose words begin with what was typed above messages, the best first', async () => {
    await type('set')
    const found = options().map((option) => option.textContent ?? '')
    expect(found[0]).toContain('Settings')
    const messages = options().findIndex((option) => option.querySelector('.snippet') !== null)
    if (messages >= 0) expect(messages).toBeGreaterThan(0)
  })

  it.each([
    ['rename', false],
    ['unpin', true],
    ['archive', true],
    ['delete', false],
  ])('does to the open conversation what its menu in the list does: %s', async (words, pinned) => {
    const row = { id: 'one', title: 'Bread', models: [], tags: [], folder: null, pinned, archived: false }
    const chats = useChats()
    vi.spyOn(chats, 'find').mockReturnValue(row as unknown as ChatRow)
    const changed = vi.spyOn(chats, 'change').mockResolvedValue({ done: [], failed: {} })
    const trashed = vi.spyOn(chats, 'trash').mockResolvedValue({ done: [], failed: {} })
    useChat().id = 'one'
    await type(words)
    expect(options()[0]?.textContent).toContain('this conversation')
    await press('Enter')
    const did = {
      rename: useDialogs().question?.value,
      unpin: changed.mock.calls[0]?.[1],
      archive: changed.mock.calls[0]?.[1],
      delete: trashed.mock.calls[0]?.[0],
    }
    const wanted = { rename: 'Bread', unpin: { pinned: false }, archive: { archived: true }, delete: [row] }
    expect(did[words as keyof typeof did]).toEqual(wanted[words as keyof typeof wanted])
    useDialogs().answerQuestion(null)
  })

  /** Opens a conversation that lies in a folder that is shut: no list has its row. */
  async function openUnlisted(settings: object = {}): Promise<void> {
    const begun = { type: 'conversation', at: '', format: 1, id: 'shut', owner: 'you', title: 'Bread', folder: 'Food' }
    server.add('shut', [begun, { type: 'settings', at: '', ...settings }] as FileRecord[])
    await useChats().load()
    useChat().start()
    await useChat().open('shut')
    await flushPromises()
    expect(useChats().find('shut')).toBeUndefined()
  }

  it.each([
    ['Rename', {}, { title: 'Loaf' }],
    ['Pin', {}, { pinned: true }],
    ['Unpin', { pinned: true }, { pinned: false }],
    ['Archive', {}, { archived: true }],
    ['Unarchive', { archived: true }, { archived: false }],
    ['Delete', {}, { gone: true }],
  ])('does so where no list has its row, as in a folder that is shut: %s', async (name, settings, wanted) => {
    await openUnlisted(settings)
    await type(`${name} this conversation`)
    await press('Enter')
    useDialogs().answerQuestion('Loaf')
    await flushPromises()
    expect(await (await server.fetch('/api/conversations/shut')).json()).toMatchObject(wanted)
  })

  it.each([
    ['readonly', () => (useChat().state = { ...useChat().state, readonly: true })],
    ['temporary', () => useChat().setTemporary('shut', true)],
    ['missing', () => (useChat().phase = 'missing')],
  ])('offers none of it for a conversation that is %s', async (_, make) => {
    await openUnlisted()
    make()
    await type('this conversation')
    const offered = options().filter((option) => option.textContent?.includes('this conversation'))
    // What it says can be read, and so be sought.
    expect(offered.filter((option) => option.textContent?.trim() !== 'Find in this conversation')).toEqual([])
  })

  it('says what went wrong where its row cannot be had', async () => {
    await openUnlisted()
    vi.spyOn(useChats(), 'fetch').mockRejectedValue(new Error('gone'))
    await type('archive this')
    await press('Enter')
    expect(useToasts().toasts).toHaveLength(1)
  })
})

it('finds by a filter what is archived too, the newest first', async () => {
  const row = (title: string, updated: string, archived: boolean): object => ({
    id: title,
    title,
    created: updated,
    updated,
    models: [],
    messages: 2,
    pinned: false,
    folder: null,
    tags: [],
    archived,
    answering: 0,
  })
  interface Asked {
    query: { archived?: boolean; answered_since?: string; answered_until?: string }
  }
  const call = vi.spyOn(useConnection().http, 'call').mockImplementation((async (_name: string, { query }: Asked) => ({
    conversations: query.archived
      ? [row('A run', '2026-11-20T11:00:00Z', true)]
      : [row('Kitchen', '2026-11-21T10:00:00Z', false), row('Garden', '2026-11-20T10:00:00Z', false)],
  })) as never)
  await type('answered:2026-11-20 ')
  await vi.waitFor(() =>
    expect(options().map((option) => option.querySelector('.title')?.textContent)).toEqual([
      'Kitchen',
      'A run',
      'Garden',
    ]),
  )
  const asked = call.mock.calls.map(([, given]) => (given as Asked).query)
  expect(asked.every(({ answered_since, answered_until }) => answered_since && answered_until)).toBe(true)
})

it('tells conversations of one title apart, by their models and by when', () => {
  const row = {
    id: 'c',
    title: 'Kitchen',
    created: '',
    updated: '2026-03-01T10:20:00Z',
    models: ['a/quick', 'b/slow', 'c/third'],
    messages: 2,
    pinned: false,
    folder: null,
    tags: [],
    archived: false,
    answering: 0,
  }
  const shown = mount(SearchResult, {
    props: { hit: { conversation: row, message: null, role: '', at: row.updated, snippet: 'Kitchen', marks: [] } },
    global: { plugins: [englishI18n()] },
  })
  expect(shown.get('.about').text()).toMatch(/^quick, slow \+1 · .*\d{1,2}:\d{2}/)
})

describe('what the palette can do', () => {
  const MADE_OF = { palette: 'it is open', comparison: 'what was just asked again', shortcuts: 'the key `sheet`' }

  it('is every sheet and every key that the page has', async () => {
    palette.unmount()
    Object.assign(boot, { staff: true, authMode: 'accounts' })
    await openPalette()
    useModels().setServers([{ name: 'ollama', onlyRepeats: false, managesModels: true }])
    useTabs().open('other', 'Other', { conversation: 'one', title: 'One' })
    useChat().id = 'one'
    await flushPromises()
    const { known } = palette.vm as unknown as { known: { key: string }[] }
    const keys = new Set(known.map(({ key }) => key))
    const wanted = [
      ...SHEETS.filter((name) => !(name in MADE_OF)),
      ...SHORTCUT_NAMES.filter((name) => name !== 'search'),
    ]
    expect(wanted.filter((name) => !keys.has(name))).toEqual([])
    useChat().id = null
    await flushPromises()
    const all = new Set([
      ...keys,
      ...(palette.vm as unknown as { known: { key: string }[] }).known.map(({ key }) => key),
    ])
    expect(Object.keys(SYNONYMS).filter((name) => !all.has(name))).toEqual([])
    await type('hizmet')
    expect(options().map((option) => option.textContent?.trim())).toEqual(['Services'])
  })
})
