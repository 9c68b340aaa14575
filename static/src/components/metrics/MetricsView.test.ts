// @vitest-environment jsdom
import { flushPromises, shallowMount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import ViewFrame from '@/components/common/ViewFrame.vue'
import { useConnection } from '@/stores/connection'
import { FakeServer } from '@/transport/fake'
import { Http, HttpError, type Operation } from '@/transport/http'
import { englishI18n } from '@/testing/i18n'

import MetricsTotals from './MetricsTotals.vue'
import MetricsView from './MetricsView.vue'

// It looks at the screen as soon as it is imported.
vi.mock('uplot', () => ({ default: vi.fn() }))

const ROWS = { rows: [{ name: '2026-11-30' }], before: [] }
const BOARD = { rows: [], kinds: {}, languages: {} }
interface Asked {
  resolve: (told: unknown) => void
  reject: (failure: Error) => void
}

let asked: Asked[]
let figures: Asked

beforeEach(() => {
  localStorage.clear()
  asked = []
  const pinia = createPinia()
  setActivePinia(pinia)
  const server = new FakeServer()
  const connection = useConnection()
  connection.start(server.transport(), new Http(server.fetch), () => {})
  vi.spyOn(connection.http, 'call').mockImplementation((async (name: Operation) => {
    if (name !== 'GET /api/metrics') return BOARD
    return new Promise((resolve, reject) => {
      figures = { resolve, reject }
      asked.push(figures)
    })
  }) as never)
})

function mountView() {
  return shallowMount(MetricsView, {
    props: { sidebarOpen: true },
    global: { plugins: [englishI18n()], stubs: { ViewFrame }, renderStubDefaultSlot: true },
  })
}

describe('the metrics page', () => {
  it('says that it loads until the figures are there', async () => {
    const box = mountView()
    await flushPromises()
    expect(box.find('.spinner').exists()).toBe(true)
    figures.resolve({ rows: [], before: [], daily: ROWS })
    await flushPromises()
    expect(box.find('.spinner').exists()).toBe(false)
    expect(box.findComponent(MetricsTotals).exists()).toBe(true)
  })

  it('offers to ask again where they could not be read', async () => {
    const box = mountView()
    figures.reject(new HttpError(503, 'storage_unavailable', 'Away.', true))
    await flushPromises()
    expect(box.find('.spinner').exists()).toBe(false)
    await box
      .findAll('button')
      .find((button) => button.text() === 'Retry')
      ?.trigger('click')
    expect(box.find('.spinner').exists()).toBe(true)
    figures.resolve({ rows: [], before: [], daily: ROWS })
    await flushPromises()
    expect(box.findComponent(MetricsTotals).exists()).toBe(true)
  })

  it('keeps what is shown while another span is read, and where that fails', async () => {
    const box = mountView()
    figures.resolve({ rows: [], before: [], daily: ROWS })
    await flushPromises()
    await box.get('select').setValue(7)
    await flushPromises()
    expect(box.find('.spinner').exists()).toBe(false)
    figures.reject(new HttpError(503, 'storage_unavailable', 'Away.', true))
    await flushPromises()
    expect(box.findComponent(MetricsTotals).exists()).toBe(true)
  })

  it('shows the span that was chosen last, whichever figures come last', async () => {
    const box = mountView()
    await box.get('select').setValue(7)
    const [first, second] = asked
    second?.resolve({ rows: [], before: [], daily: ROWS })
    await flushPromises()
    first?.resolve({ rows: [], before: [], daily: { rows: [{ name: 'too late' }], before: [] } })
    await flushPromises()
    expect(box.findComponent(MetricsTotals).props('rows')).toEqual(ROWS.rows)
  })
})
