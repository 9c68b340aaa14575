// @vitest-environment jsdom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, type Pinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { AUTO } from '@/domain/ids'
import { useAuto } from '@/stores/auto'
import { useConnection } from '@/stores/connection'
import { useLanes } from '@/stores/lanes'
import { FakeServer } from '@/transport/fake'
import { Http } from '@/transport/http'
import { englishI18n } from '@/testing/i18n'

import AutoLine from './AutoLine.vue'

let pinia: Pinia
let line: VueWrapper
const asked = vi.fn()

beforeEach(async () => {
  vi.useFakeTimers()
  localStorage.clear()
  pinia = createPinia()
  setActivePinia(pinia)
  const server = new FakeServer()
  const connection = useConnection()
  connection.start(server.transport(), new Http(server.fetch), () => {})
  asked.mockReset().mockResolvedValue({
    choices: [{ model: 's/coder', rule: 'code', reason: 'It is made for code.', others: ['s/plain'] }],
  })
  vi.spyOn(connection.http, 'call').mockImplementation(asked as never)
})

afterEach(() => {
  line.unmount()
  vi.useRealTimers()
})

async function written(text: string, models: string[] = [AUTO], blind = false): Promise<void> {
  await useLanes().set(models.map((model, place) => ({ id: `l${place}`, model })))
  if (blind) await useLanes().setBlind(true)
  line = mount(AutoLine, { props: { text, attachments: [] }, global: { plugins: [pinia, englishI18n()] } })
  await vi.advanceTimersByTimeAsync(500)
  await flushPromises()
}

describe('what Auto says before sending', () => {
  it('names the model and why, once the writer pauses', async () => {
    await written('Write a function')
    expect(line.text()).toContain('Auto asks coder. It is made for code.')
    expect(asked).toHaveBeenCalledOnce()
  })

  it('is overruled with a press, goes out with the message, and is asked anew for the next', async () => {
    await written('Write a function')
    await line.get('button').trigger('click')
    expect(line.text()).toContain('You ask plain this time.')
    expect(useAuto().takeChoices(['l0'])).toEqual({ choices: { l0: 's/plain' } })
    expect(useAuto().takeChoices(['l0'])).toEqual({})
    await flushPromises()
    expect(line.text()).toContain('Auto asks coder.')
  })

  it('names no model where the turn will be blind', async () => {
    await written('Write a function', [AUTO, 's/plain'], true)
    expect(line.text()).not.toContain('coder')
    expect(line.text()).toContain('the vote shows')
  })

  it('says nothing where no lane is Auto’s, or nothing is written', async () => {
    await written('Write a function', ['s/plain'])
    expect([line.text(), asked.mock.calls.length]).toEqual(['', 0])
  })
})
