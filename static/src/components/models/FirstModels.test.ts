// @vitest-environment jsdom
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { expect, it, vi } from 'vitest'

import { boot } from '@/boot'
import { useConnection } from '@/stores/connection'
import { FakeServer } from '@/transport/fake'
import { Http } from '@/transport/http'
import { englishI18n } from '@/testing/i18n'

import FirstModels from './FirstModels.vue'

const OLLAMA = { service: 'ollama', label: 'Ollama', base_url: 'http://127.0.0.1:11434', server: null, models_count: 2 }

it.each([
  ['nothing', [], 'Set up services', true],
  ['an Ollama with models', [OLLAMA], 'Add Ollama', false],
])('says first what is nearest where the machine runs %s', async (_, found, first, install) => {
  Object.assign(boot, { staff: true })
  const pinia = createPinia()
  setActivePinia(pinia)
  const server = new FakeServer()
  useConnection().start(server.transport(), new Http(server.fetch), () => {})
  vi.spyOn(useConnection().http, 'call').mockResolvedValue({ found } as never)
  const shown = mount(FirstModels, { global: { plugins: [pinia, englishI18n()] } })
  await flushPromises()
  expect(shown.findAll('button.primary').map((button) => button.text().replaceAll(/\s+/g, ' '))).toEqual([first])
  expect(shown.text().includes('ollama pull')).toBe(install)
})
