// @vitest-environment jsdom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, type Pinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { ModelInfo } from '@/protocol/types.gen'
import { useConnection } from '@/stores/connection'
import { useModels } from '@/stores/models'
import { FakeServer } from '@/transport/fake'
import { Http } from '@/transport/http'
import { makeI18n } from '@/i18n'
import { tr } from '@/i18n/tr'
import { englishI18n } from '@/testing/i18n'

import ModelList from './ModelList.vue'

const MOST_SHOWN = 60
const SOME = Array.from({ length: 13 }, (_, number) => model(`model-${number}`))
const MANY = Array.from({ length: 75 }, (_, number) => model(`model-${number}`))

let pinia: Pinia
let list: VueWrapper

function model(id: string): ModelInfo {
  return {
    server: 'house',
    id,
    name: id,
    description: '',
    capabilities: [],
    context_length: null,
    max_tokens: null,
    pricing: null,
    parameters: null,
    quantization: null,
    size: null,
    loaded: null,
    metadata: {},
  } as unknown as ModelInfo
}

beforeEach(() => {
  localStorage.clear()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  Element.prototype.scrollIntoView ??= () => {}
  pinia = createPinia()
  setActivePinia(pinia)
  const server = new FakeServer()
  useConnection().start(server.transport(), new Http(server.fetch), () => {})
})

afterEach(() => {
  list.unmount()
  vi.unstubAllGlobals()
  document.body.replaceChildren()
})

async function open(
  offered: readonly ModelInfo[],
  current = '',
  { withPersonas = false, i18n = englishI18n() } = {},
): Promise<void> {
  const models = useModels()
  models.setServers([{ name: 'house', onlyRepeats: false, managesModels: false }])
  vi.spyOn(models, 'loadHealth').mockResolvedValue()
  vi.spyOn(models, 'loadRatings').mockResolvedValue()
  vi.spyOn(useConnection().http, 'call').mockResolvedValue({ models: { house: offered } } as never)
  await models.load()
  list = mount(ModelList, {
    props: { current, withPersonas },
    global: { plugins: [pinia, i18n] },
    attachTo: document.body,
  })
  await settle()
}

/** Reka moves the active option two ticks after what it is told. */
async function settle(): Promise<void> {
  await flushPromises()
  await flushPromises()
}

const box = () => list.get<HTMLInputElement>('[role=combobox]')
const options = () => list.findAll('[role=option]')

/** What a screen reader reads while the focus is in the text box. */
function activeText(): string {
  const id = box().attributes('aria-activedescendant') ?? ''
  return (id && document.getElementById(id)?.querySelector('.name')?.textContent) || ''
}

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) {
    await box().trigger('keydown', { key })
    await settle()
  }
}

async function type(text: string): Promise<void> {
  await box().setValue(text)
  await settle()
}

describe('the selector of models', () => {
  it('is a list that its text box leads, with groups that have names', async () => {
    await open(SOME)
    const controlled = document.getElementById(box().attributes('aria-controls') ?? '')
    expect(controlled?.getAttribute('role')).toBe('listbox')
    expect(controlled?.getAttribute('aria-label')).toBeTruthy()
    const group = list.get('[role=group][aria-labelledby]')
    expect(document.getElementById(group.attributes('aria-labelledby') ?? '')?.textContent).toBe('house')
  })

  it('finds Auto by its name in the language of the page, and by its id', async () => {
    await open(SOME, '', { withPersonas: true, i18n: makeI18n('tr', tr) })
    for (const typed of ['oto', 'OTOMATİK', 'auto']) {
      await type(typed)
      expect(options().map((option) => option.text())).toEqual([expect.stringContaining('Otomatik')])
    }
    await type('otobüs')
    expect(options()).toHaveLength(0)
  })

  it('tells two models of one name apart, by their ids', async () => {
    await open([
      { ...model('alias'), name: 'Flash' },
      { ...model('flash-latest'), name: 'flash' },
      { ...model('other'), name: 'Other' },
    ])
    expect(options().map((option) => option.findAll('.name, .apart').map((part) => part.text()))).toEqual([
      ['Flash', 'alias'],
      ['flash', 'flash-latest'],
      ['Other'],
    ])
  })

  it('holds options and nothing else that can be pressed', async () => {
    await open(SOME)
    expect(list.get('[role=listbox]').findAll('button, a, input, [role=status], [role=alert]')).toHaveLength(0)
  })

  it('begins at the model that is chosen now, and says that it is', async () => {
    await open(SOME, 'house/model-7')
    expect(activeText()).toBe('model-7')
    expect(list.findAll('[aria-current=true]').map((option) => option.get('.name').text())).toEqual(['model-7'])
  })

  it.each([
    [['ArrowDown'], 'model-1'],
    [['ArrowDown', 'ArrowDown', 'ArrowUp'], 'model-1'],
    [['ArrowUp'], 'model-12'],
    [['ArrowUp', 'ArrowDown'], 'model-0'],
    [['End'], 'model-12'],
    [['End', 'Home'], 'model-0'],
    [['PageDown'], 'model-10'],
    [['PageDown', 'PageDown', 'PageUp'], 'model-2'],
    [['PageUp'], 'model-0'],
    [['End', 'PageDown'], 'model-12'],
  ])('goes with %j to %s', async (keys, name) => {
    await open(SOME)
    await press(...keys)
    expect(activeText()).toBe(name)
    expect(list.findAll('[data-highlighted]')).toHaveLength(1)
    expect(list.findAll('[aria-selected=true]').map((option) => option.get('.name').text())).toEqual([name])
  })

  it('takes with Enter what is active, and after typing the first that fits', async () => {
    await open(SOME)
    await press('ArrowDown', 'Enter')
    await type('model-12')
    await press('Enter')
    expect(list.emitted('choose')).toEqual([['house/model-1'], ['house/model-12']])
  })

  it.each([{ isComposing: true }, { keyCode: 229 }])('leaves Enter with %o to the input method', async (more) => {
    await open(SOME)
    await box().trigger('keydown', { key: 'Enter', ...more })
    await settle()
    expect(list.emitted('choose')).toBeUndefined()
  })

  it('keeps active what is so where models come later and above it', async () => {
    await open(SOME.slice(1))
    const before = activeText()
    vi.spyOn(useConnection().http, 'call').mockResolvedValue({ models: { house: SOME } } as never)
    await useModels().load()
    await settle()
    expect([options()[0]?.text(), activeText()]).toEqual([expect.stringContaining('model-0'), before])
    expect(list.get('[data-highlighted]').text()).toContain(before)
  })

  it('leaves Shift with Home and End to the text', async () => {
    await open(SOME)
    await press('ArrowDown')
    await box().trigger('keydown', { key: 'End', shiftKey: true })
    await settle()
    expect(activeText()).toBe('model-1')
  })

  it('keeps what is active where the pointer goes away', async () => {
    await open(SOME)
    await options()[3]?.trigger('pointermove')
    await list.trigger('pointerleave')
    await settle()
    expect(activeText()).toBe('model-3')
    await press('ArrowDown')
    expect(activeText()).toBe('model-4')
  })

  it('shows all of a server by a line of the list, and goes on at the first new one', async () => {
    await open(MANY)
    expect(options()).toHaveLength(MOST_SHOWN + 1)
    expect(list.get('[role=listbox]').findAll('button')).toHaveLength(0)
    await press('End', 'Enter')
    expect(options()).toHaveLength(MANY.length)
    expect(activeText()).toBe(`model-${MOST_SHOWN}`)
    expect(list.emitted('choose')).toBeUndefined()
  })

  it('offers a ref that was typed in whole as its only line', async () => {
    await open(SOME)
    await type('house/unheard-of')
    expect(options().map((option) => option.text())).toEqual(['Use “house/unheard-of” anyway'])
    await press('Enter')
    expect(list.emitted('choose')).toEqual([['house/unheard-of']])
  })

  it('says that nothing is found, to those who listen too', async () => {
    await open(SOME)
    await type('zebra')
    expect(options()).toHaveLength(0)
    expect(list.get('[role=status]').text()).toContain('zebra')
    expect(box().attributes('aria-activedescendant') ?? '').toBe('')
  })

  it('clears with Escape what was typed before it closes', async () => {
    await open(SOME)
    await type('model-4')
    await press('Escape')
    expect(box().element.value).toBe('')
    expect(activeText()).toBe('model-0')
  })

  it('marks a favourite without choosing it', async () => {
    await open(SOME)
    await options()[2]?.get('.star').trigger('click')
    expect(useModels().favourites).toEqual(['house/model-2'])
    expect(list.emitted('choose')).toBeUndefined()
  })
})
