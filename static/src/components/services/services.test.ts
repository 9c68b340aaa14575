// @vitest-environment jsdom
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { useConnection } from '@/stores/connection'
import { type Check, type Server, useServices } from '@/stores/services'
import { Http } from '@/transport/http'
import { englishI18n } from '@/testing/i18n'

import CheckOutcome from './CheckOutcome.vue'
import DocumentSettings from './DocumentSettings.vue'
import SearchSettings from './SearchSettings.vue'
import ServerForm from './ServerForm.vue'
import ServicesDialog from './ServicesDialog.vue'

interface Asked {
  method: string
  path: string
  body: unknown
}

const CHECK: Check = {
  ok: false,
  latency_ms: null,
  models: [],
  advice: null,
  error: {
    code: 'auth',
    message: 'It refuses the key.',
    retryable: false,
    fault: 'key',
    detail: 'HTTP 401',
  } as Check['error'],
  elsewhere: null,
}
const SERVER: Server = {
  name: 'groq',
  provider: 'openai',
  service: 'groq',
  label: 'Groq',
  base_url: 'https://api.groq.com/openai/v1',
  has_key: true,
  header_names: ['X-Team'],
  group: null,
  connect_timeout: null,
  first_byte_timeout: null,
  chunk_timeout: null,
  max_concurrent: 4,
  requests_per_minute: null,
  listed_only: null,
  visibility: 'everyone',
  groups: [],
  enabled: true,
  order: 30,
  only_repeats: false,
  manages_models: false,
  in_environment: false,
  follows_environment: false,
  status: null,
  error: null,
  models_count: null,
  latency_ms: null,
  checked_at: null,
}

const DOCUMENTS = {
  embedding_model: 'ollama/bge-m3',
  passages: 12,
  budget_tokens: 3000,
  passage_size: 1200,
  reading_model: '',
  follows_environment: true,
  vectors_complete: false,
}
const SEARCH = {
  service: 'brave',
  address: 'http://brave.lan',
  has_key: true,
  follows_environment: false,
  missing: null,
  services: [
    { id: 'searxng', label: 'SearXNG', needs: 'address', usual_address: null, key_page: null },
    {
      id: 'brave',
      label: 'Brave',
      needs: 'key',
      usual_address: 'https://api.search.brave.com',
      key_page: 'https://brave.com',
    },
  ],
}

let asked: Asked[]
let listed: Server

function answer(path: string): unknown {
  if (path === '/api/settings/documents') return DOCUMENTS
  if (path === '/api/settings/documents/check') return { ok: true, dimensions: 1024, latency_ms: 12, error: null }
  if (path === '/api/settings/search') return SEARCH
  if (path === '/api/settings/search/check')
    return { ok: false, results: null, error: 'Brave does not accept the key.' }
  if (path.endsWith('/check')) return CHECK
  if (path === '/api/servers') return { servers: [listed], groups: ['editors', 'writers'] }
  return path === '/api/services' ? { services: [] } : { models: {}, total: 0 }
}

beforeEach(() => {
  asked = []
  listed = SERVER
  setActivePinia(createPinia())
  const http = new Http(async (path, init) => {
    asked.push({ method: init?.method ?? 'GET', path, body: init?.body ? JSON.parse(String(init.body)) : undefined })
    return new Response(JSON.stringify(answer(path)))
  })
  useConnection().start({ start: () => {}, send: () => false, retryNow: () => {} } as never, http, () => {})
})

const global = () => ({ plugins: [englishI18n()] })

function form(server: Server) {
  return mount(ServerForm, { props: { server }, global: global() })
}

describe('what came of a check', () => {
  it('names the fault and what to mend', () => {
    const shown = mount(CheckOutcome, { props: { check: CHECK }, global: global() })
    expect(shown.text()).toContain('The key: It refuses the key.')
    expect(shown.text()).toContain('HTTP 401')
  })

  it('offers the address that does answer', async () => {
    const place = { provider: 'ollama', base_url: 'http://gpu.lan:11434' }
    const shown = mount(CheckOutcome, { props: { check: { ...CHECK, elsewhere: place } }, global: global() })
    await shown.get('button').trigger('click')
    expect(shown.emitted('move')).toEqual([[place]])
  })
})

describe('the form of a server', () => {
  it('sends no key that was not typed, and says that one is kept', async () => {
    const shown = form(SERVER)
    expect(shown.get('input[type=password]').attributes('placeholder')).toContain('A key is kept')
    await shown.get('form').trigger('submit')
    await flushPromises()
    const [change] = asked.filter(({ method }) => method === 'PATCH')
    expect(change?.path).toBe('/api/servers/groq')
    expect(change?.body).not.toHaveProperty('key')
    expect(change?.body).not.toHaveProperty('headers')
    expect(change?.body).toMatchObject({ max_concurrent: 4 })
  })

  it('tests what is kept by its name, and what was typed as it would be', async () => {
    const shown = form(SERVER)
    await shown.get('.buttons .button').trigger('click')
    await flushPromises()
    expect(asked.find(({ method }) => method === 'POST')?.path).toBe('/api/servers/groq/check')
    asked = []
    await shown.get('input[type=password]').setValue('sk-new')
    await shown.get('.buttons .button').trigger('click')
    await flushPromises()
    expect(asked.find(({ method }) => method === 'POST')).toMatchObject({
      path: '/api/services/check',
      body: { server: 'groq', key: 'sk-new' },
    })
  })

  it('says that the key goes with its address', async () => {
    const shown = form({ ...SERVER, service: null })
    await shown.get('input[inputmode=url]').setValue('https://elsewhere.example/v1')
    expect(shown.text()).toContain('The key belonged to the old address')
  })

  it('says to whom its models are shown, by groups where these are chosen', async () => {
    await useServices().load()
    const shown = form({ ...SERVER, visibility: 'groups', groups: ['editors'] })
    const chosen = (): (boolean | undefined)[] =>
      shown.findAll<HTMLInputElement>('.who input[type=checkbox]').map((box) => box.element.checked)
    const saved = async (): Promise<unknown> => {
      await shown.get('form').trigger('submit')
      await flushPromises()
      return asked.findLast(({ method }) => method === 'PATCH')?.body
    }
    expect(chosen()).toEqual([true, false])
    await shown.findAll('.who input[type=checkbox]')[1]?.setValue(true)
    expect(await saved()).toMatchObject({ visibility: 'groups', groups: ['editors', 'writers'] })
    await shown.get('.who select').setValue('staff')
    expect(chosen()).toEqual([])
    expect(await saved()).toMatchObject({ visibility: 'staff', groups: [] })
  })

  it('keeps what was written where a header cannot be one', async () => {
    const shown = form(SERVER)
    await shown.get('textarea').setValue('no colon')
    await shown.get('form').trigger('submit')
    await flushPromises()
    expect(shown.get('[role=alert]').text()).toContain('Write one header a line')
    expect(asked).toEqual([])
    expect(shown.get('textarea').element.value).toBe('no colon')
  })
})

describe('settings of documents', () => {
  const opened = async () => {
    const shown = mount(DocumentSettings, { global: global() })
    await flushPromises()
    return shown
  }

  it('come from the environment until they are saved here, and say that vectors are being made', async () => {
    const shown = await opened()
    expect(shown.text()).toContain('From .env')
    expect(shown.text()).toContain('All passages are being embedded again')
    await shown.get('input[type=number]').setValue(5)
    await shown.get('form').trigger('submit')
    await flushPromises()
    expect(asked.at(-1)).toMatchObject({
      method: 'PATCH',
      path: '/api/settings/documents',
      body: { passages: 5, embedding_model: 'ollama/bge-m3' },
    })
    expect(asked.at(-1)?.body).not.toHaveProperty('follows_environment')
  })

  it('try the embedding model that is typed, before it is saved', async () => {
    const shown = await opened()
    await shown.get('input[list=embedding-models]').setValue('local/other')
    await shown.get('.buttons .button').trigger('click')
    await flushPromises()
    expect(asked.at(-1)).toMatchObject({
      path: '/api/settings/documents/check',
      body: { embedding_model: 'local/other' },
    })
    expect(shown.get('[role=status]').text()).toContain('1,024 dimensions')
  })
})

describe('settings of web search', () => {
  const opened = async () => {
    const shown = mount(SearchSettings, { global: global() })
    await flushPromises()
    return shown
  }

  it('send no key that was not typed, and no address that is as it was', async () => {
    const shown = await opened()
    expect(shown.get('input[type=password]').attributes('placeholder')).toContain('A key is kept')
    await shown.get('form').trigger('submit')
    await flushPromises()
    expect(asked.find(({ method }) => method === 'PATCH')?.body).toEqual({ service: 'brave' })
  })

  it('ask for what the service needs, and say that the kept key is another one’s', async () => {
    const shown = await opened()
    await shown.get('select').setValue('searxng')
    expect(shown.find('input[type=password]').exists()).toBe(false)
    await shown.get('input[inputmode=url]').setValue('http://searx.lan')
    await shown.get('form').trigger('submit')
    await flushPromises()
    expect(asked.find(({ method }) => method === 'PATCH')?.body).toEqual({
      service: 'searxng',
      address: 'http://searx.lan',
    })
  })

  it('say in words why a try failed', async () => {
    const shown = await opened()
    await shown.get('input[type=password]').setValue('typed')
    await shown.get('.buttons .button').trigger('click')
    await flushPromises()
    expect(asked.at(-1)).toMatchObject({ path: '/api/settings/search/check', body: { service: 'brave', key: 'typed' } })
    expect(shown.get('[role=status]').text()).toBe('Brave does not accept the key.')
  })

  it('go back to the environment with one press', async () => {
    const shown = await opened()
    await shown.get('.button.small').trigger('click')
    await flushPromises()
    expect(asked.find(({ method }) => method === 'PATCH')?.body).toEqual({ from_environment: true })
  })
})

describe('the services', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    document.body.replaceChildren()
  })

  async function view(wide: boolean): Promise<string[]> {
    listed = { ...SERVER, status: 'healthy', models_count: 3 }
    const match = (query: string) => ({ matches: wide === query.includes('min-width'), addEventListener() {} })
    vi.stubGlobal('matchMedia', match)
    const stubs = { DialogFrame: { template: '<div><slot /></div>' }, ServerDetails: true, ServiceChoices: true }
    const shown = mount(ServicesDialog, { global: { ...global(), stubs } })
    await flushPromises()
    return shown.get('.panes').classes()
  }

  it('begin with one beside their list, and with the list where there is room for one of both', async () => {
    expect(await view(true)).toContain('at-server')
    expect(await view(false)).toContain('at-list')
  })
})

describe('what is found', () => {
  it('is offered unless a server that is switched on has its address', () => {
    const services = useServices()
    const one = {
      service: 'ollama',
      label: 'Ollama',
      base_url: 'http://127.0.0.1:11434',
      models_count: 1,
      needs_key: false,
      server: 'ollama',
    }
    services.found = [one, { ...one, service: 'vllm', server: null }]
    services.servers = [{ ...SERVER, name: 'ollama' }]
    expect(services.offered.map(({ service }) => service)).toEqual(['vllm'])
    services.servers = [{ ...SERVER, name: 'ollama', enabled: false }]
    expect(services.offered.map(({ service }) => service)).toEqual(['ollama', 'vllm'])
  })
})
