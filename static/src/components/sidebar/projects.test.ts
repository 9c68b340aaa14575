// @vitest-environment jsdom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import ProjectLine from '@/components/chat/ProjectLine.vue'
import { useSidebar } from '@/composables/useSidebar'
import { useChat } from '@/stores/chat'
import { useChats } from '@/stores/chats'
import { useConnection } from '@/stores/connection'
import { useDialogs } from '@/stores/dialogs'
import { Http } from '@/transport/http'
import { englishI18n } from '@/testing/i18n'

import FolderRow from './FolderRow.vue'
import ProjectDialog from './ProjectDialog.vue'

const PROJECT = {
  name: 'Kitchen',
  conversations: 2,
  project: true,
  instructions: 'Use grams.',
  documents: [{ id: 7, name: 'oven.pdf' }],
  lanes: [{ id: 'a', model: 'ollama/qwen3' }],
  tools: true,
  web: null,
  budget: { usd: 5, period: 'month', spent: 1.25 },
  spent: { day: 0, month: 1.25, total: 2 },
}
const LIBRARY = [
  { id: 7, name: 'oven.pdf' },
  { id: 8, name: 'bread.md' },
]

let asked: { method: string; path: string; body: unknown }[]
let shown: VueWrapper | null

beforeEach(() => {
  asked = []
  shown = null
  localStorage.clear()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  setActivePinia(createPinia())
  const http = new Http(async (path, init) => {
    asked.push({ method: init?.method ?? 'GET', path, body: init?.body ? JSON.parse(String(init.body)) : undefined })
    return new Response(
      JSON.stringify(
        path.startsWith('/api/folders/')
          ? PROJECT
          : path.startsWith('/api/documents')
            ? { documents: LIBRARY }
            : { conversations: [], next: null, folders: [], tags: [] },
      ),
    )
  })
  useConnection().start({ start: () => {}, send: () => false, retryNow: () => {} } as never, http, () => {})
})

afterEach(() => {
  shown?.unmount()
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

async function open(): Promise<HTMLElement> {
  useDialogs().project = 'Kitchen'
  shown = mount(ProjectDialog, {
    props: { name: 'Kitchen' },
    global: { plugins: [englishI18n()] },
    attachTo: document.body,
  })
  await flushPromises()
  return document.body.querySelector('form') as HTMLElement
}

async function save(form: HTMLElement): Promise<unknown> {
  form.dispatchEvent(new Event('submit', { cancelable: true, bubbles: true }))
  await flushPromises()
  return asked.find(({ method }) => method === 'PATCH')?.body
}

function fill(box: HTMLInputElement | HTMLTextAreaElement | null, text: string): void {
  if (!box) throw new Error('no such field')
  box.value = text
  box.dispatchEvent(new Event('input', { bubbles: true }))
}

describe('the sheet of a project', () => {
  it('shows all that it carries, and what of its budget is spent', async () => {
    const form = await open()
    expect(form.querySelector('textarea')?.value).toBe('Use grams.')
    expect([...form.querySelectorAll<HTMLInputElement>('[type=checkbox]')].map((box) => box.checked)).toEqual([
      true,
      false,
    ])
    expect(form.textContent).toContain('qwen3')
    expect(form.textContent).toContain('$1.25 of $5.00 spent')
  })

  it('keeps instructions, documents, budget and models as they were changed, and closes', async () => {
    const form = await open()
    fill(form.querySelector('textarea'), 'Use ounces.')
    form.querySelectorAll<HTMLInputElement>('[type=checkbox]')[1]?.click()
    fill(form.querySelector('[type=number]'), '9')
    form.querySelector<HTMLButtonElement>('.row .quiet')?.click()
    await flushPromises()
    expect(await save(form)).toEqual({
      instructions: 'Use ounces.',
      documents: [7, 8],
      lanes: null,
      tools: true,
      web: null,
      budget: { usd: 9, period: 'month' },
    })
    expect(useDialogs().project).toBeNull()
  })

  it('renames it where another name is typed, and only then', async () => {
    const form = await open()
    fill(form.querySelector('input[required]'), '  Bakery ')
    expect(await save(form)).toMatchObject({ name: 'Bakery' })
    expect(asked.find(({ method }) => method === 'PATCH')?.path).toBe('/api/folders/Kitchen')
  })

  it('takes uploads, and chooses them at once', async () => {
    const sent: unknown[] = []
    vi.stubGlobal(
      'XMLHttpRequest',
      class {
        upload = {}
        status = 201
        response = { documents: [{ id: 9, name: 'new.pdf' }] }
        onload = () => {}
        open(...to: unknown[]) {
          sent.push(to)
        }
        setRequestHeader() {}
        send() {
          queueMicrotask(() => this.onload())
        }
      },
    )
    const form = await open()
    const box = form.querySelector<HTMLInputElement>('[type=file]')
    Object.defineProperty(box, 'files', { value: [new File(['x'], 'new.pdf')] })
    Object.defineProperty(box, 'value', { value: '', writable: true })
    box?.dispatchEvent(new Event('change', { bubbles: true }))
    await flushPromises()
    expect(sent).toEqual([['POST', '/api/documents']])
    expect([...form.querySelectorAll('.choice')].map((one) => one.textContent)).toContain('new.pdf')
    expect(await save(form)).toMatchObject({ documents: [7, 9] })
  })
})

describe('the line under the header', () => {
  async function line(settings: object): Promise<VueWrapper> {
    const chat = useChat()
    chat.id = 'one'
    Object.assign(chat.state.settings, settings)
    chat.refresh()
    shown = mount(ProjectLine, { global: { plugins: [englishI18n()] } })
    await flushPromises()
    return shown
  }

  it('says what the conversation inherits, and opens the sheet', async () => {
    const wrapper = await line({
      folder: 'Kitchen',
      rag: true,
      project: { name: 'Kitchen', instructions: 'Use grams.' },
    })
    expect(wrapper.text()).toContain('Kitchen')
    for (const words of ['instructions', '1 document', '$1.25 of $5.00 spent']) expect(wrapper.text()).toContain(words)
    await wrapper.get('button.name').trigger('click')
    expect(useDialogs().project).toBe('Kitchen')
  })

  it('names models and tools while the conversation has them from it', async () => {
    const wrapper = await line({ folder: 'Kitchen', lanes: [{ id: 'z', model: 'ollama/qwen3' }], tools: true })
    expect(wrapper.text()).toContain('1 model')
    expect(wrapper.text()).toContain('tools')
    Object.assign(useChat().state.settings, { lanes: [{ id: 'z', model: 'other/one' }], tools: false })
    useChat().refresh()
    await flushPromises()
    expect(wrapper.text()).not.toContain('1 model')
    expect(wrapper.text()).not.toContain('tools')
  })

  it.each([
    [[{ name: 'Kitchen', count: 1 }], 0],
    [[{ name: 'Kitchen', count: 1, project: true }], 1],
    [[], 1],
  ])('asks for the project only where the list of folders may have one: %j', async (folders, requests) => {
    useChats().folders = folders
    await line({ folder: 'Kitchen' })
    expect(asked.filter(({ path }) => path === '/api/folders/Kitchen')).toHaveLength(requests)
  })

  it('says that the instructions are others by now, and offers them', async () => {
    const wrapper = await line({
      folder: 'Kitchen',
      rag: false,
      project: { name: 'Kitchen', instructions: 'Use cups.' },
    })
    expect(wrapper.find('.take').exists()).toBe(true)
    expect(wrapper.text()).not.toContain('1 document')
  })

  it('is not there for a conversation without a project', async () => {
    const wrapper = await line({ folder: null, rag: false, project: null })
    expect(wrapper.find('p').exists()).toBe(false)
  })
})

it('begins a conversation in a folder on a phone with no drawer over it', async () => {
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener() {}, removeEventListener() {} }))
  shown = mount(FolderRow, {
    props: { name: 'Kitchen', count: 2, open: false, target: false, project: true },
    global: { plugins: [englishI18n()] },
    attachTo: document.body,
  })
  const sidebar = useSidebar()
  sidebar.toggle()
  expect(sidebar.open.value).toBe(true)
  await (shown.vm as unknown as { begin: () => Promise<void> }).begin()
  expect(sidebar.open.value).toBe(false)
})
