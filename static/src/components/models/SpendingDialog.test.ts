// @vitest-environment jsdom
import { flushPromises, shallowMount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { expect, it, vi } from 'vitest'

import { useConnection } from '@/stores/connection'
import { englishI18n } from '@/testing/i18n'
import { FakeServer } from '@/transport/fake'
import { Http, type Operation } from '@/transport/http'

import SpendingDialog from './SpendingDialog.vue'

const DialogFrame = { template: '<div><slot name="after" /><slot /></div>' }

function spent(usd: number) {
  const sum = { requests: 1, unpriced: 0, input_tokens: 1, output_tokens: 1, usd }
  return { since: '2026-11-01', until: '2026-11-30', total: sum, models: [], kinds: [], days: [] }
}

it('shows the period that was chosen last, whichever answer comes last', async () => {
  setActivePinia(createPinia())
  const server = new FakeServer()
  const connection = useConnection()
  connection.start(server.transport(), new Http(server.fetch), () => {})
  const asked: ((told: unknown) => void)[] = []
  vi.spyOn(connection.http, 'call').mockImplementation((async (name: Operation) =>
    name === 'GET /api/models/spending' ? new Promise((resolve) => asked.push(resolve)) : {}) as never)
  const box = shallowMount(SpendingDialog, { global: { plugins: [englishI18n()], stubs: { DialogFrame } } })
  await box.get('select').setValue(7)
  asked[1]?.(spent(7))
  await flushPromises()
  asked[0]?.(spent(30))
  await flushPromises()
  expect(box.get('.total strong').text()).toBe('$7.00')
})
