// @vitest-environment jsdom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, type Pinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { useChats } from '@/stores/chats'
import { useConnection } from '@/stores/connection'
import { FakeServer } from '@/transport/fake'
import { Http, HttpError, type Operation } from '@/transport/http'
import { englishI18n } from '@/testing/i18n'

import TrainingExport from './TrainingExport.vue'

let pinia: Pinia
let box: VueWrapper
const asked = vi.fn<(path: string) => Promise<unknown>>()

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  pinia = createPinia()
  setActivePinia(pinia)
  const server = new FakeServer()
  const connection = useConnection()
  connection.start(server.transport(), new Http(server.fetch), () => {})
  useChats().folders = [{ name: 'İş & ev', count: 2 }] as never
  useChats().tags = [{ name: 'acil', count: 1 }] as never
  asked.mockReset().mockImplementation(async (path) => ({
    rows: path.includes('kind=liked') ? 0 : 1_204,
    conversations: 3,
    failed: [],
  }))
  vi.spyOn(connection.http, 'call').mockImplementation(((name: Operation, given: object) =>
    asked(connection.http.addressOf(name, given))) as never)
  box = mount(TrainingExport, { global: { plugins: [pinia, englishI18n()] } })
})

afterEach(() => {
  box.unmount()
  vi.useRealTimers()
})

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(500)
  await flushPromises()
}

async function open(): Promise<void> {
  await box.get('details').trigger('toggle')
  await settle()
}

function lastAsked(kind: string): URLSearchParams {
  const path = asked.mock.calls.map(([one]) => one).findLast((one) => one.includes(`kind=${kind}`))
  return new URL(path ?? '', 'http://divan').searchParams
}

describe('the export for training', () => {
  it('counts nothing before it is opened', async () => {
    await settle()
    expect(asked).not.toHaveBeenCalled()
  })

  it('counts both kinds, and offers a file where there are lines', async () => {
    await open()
    expect(box.findAll('[role=status]').map((one) => one.text())).toEqual(['1,204 lines', '0 lines'])
    expect(box.findAll('a').map((link) => [link.attributes('href'), link.attributes('download')])).toEqual([
      ['/api/export/training?kind=preferences', 'divan-preferences.jsonl'],
    ])
    expect(lastAsked('liked').get('dry_run')).toBe('true')
  })

  it('counts anew what each filter leaves, and offers that very file', async () => {
    await open()
    const [folder, tag] = box.findAll('select')
    const [model, since, until] = box.findAll('input')
    await model?.setValue('ollama/qwen3:8b')
    await folder?.setValue('İş & ev')
    await tag?.setValue('acil')
    await since?.setValue('2026-11-01')
    await until?.setValue('2026-11-30')
    await settle()
    for (const kind of ['preferences', 'liked']) {
      const wanted = lastAsked(kind)
      expect(
        Object.fromEntries(
          ['model', 'folder', 'tag', 'since', 'until', 'dry_run'].map((name) => [name, wanted.get(name)]),
        ),
      ).toEqual({
        model: 'ollama/qwen3:8b',
        folder: 'İş & ev',
        tag: 'acil',
        since: new Date(2026, 10, 1).toISOString(),
        until: new Date(2026, 11, 1).toISOString(),
        dry_run: 'true',
      })
    }
    const file = new URL(box.get('a').attributes('href') ?? '', 'http://divan').searchParams
    file.append('dry_run', 'true')
    expect([...file]).toEqual([...lastAsked('preferences')])
  })

  it('tells no folder from any folder', async () => {
    await open()
    expect(lastAsked('liked').has('folder')).toBe(false)
    await box.findAll('select')[0]?.setValue('')
    await settle()
    expect(lastAsked('liked').get('folder')).toBe('')
  })

  it('offers no file while what it would hold is being counted', async () => {
    await open()
    await box.findAll('input')[0]?.setValue('qwen')
    expect(box.find('a').exists()).toBe(false)
    await settle()
    expect(box.find('a').exists()).toBe(true)
  })

  it('says which conversations are missing, and why nothing could be counted', async () => {
    asked.mockResolvedValue({ rows: 2, conversations: 3, failed: ['20261101-000000-aaaaaaaa: damaged'] })
    await open()
    expect(box.text()).toContain('2 lines · 1 conversation cannot be read')
    asked.mockRejectedValue(new HttpError(400, 'invalid', 'The year is too far away.', false))
    await box.findAll('input')[1]?.setValue('2026-11-01')
    await settle()
    expect([box.get('[role=alert]').text(), box.find('a').exists()]).toEqual(['The year is too far away.', false])
  })
})
