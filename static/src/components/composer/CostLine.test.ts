// @vitest-environment jsdom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { useConnection } from '@/stores/connection'
import { FakeServer } from '@/transport/fake'
import { Http } from '@/transport/http'
import { englishI18n } from '@/testing/i18n'

import CostLine from './CostLine.vue'

const PICTURE = { type: 'image', sha256: '0'.repeat(64), name: 'a.png', mime: 'image/png', bytes: 28 } as const

let line: VueWrapper
const asked = vi.fn()

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  const pinia = createPinia()
  setActivePinia(pinia)
  const server = new FakeServer()
  const connection = useConnection()
  connection.start(server.transport(), new Http(server.fetch), () => {})
  asked.mockReset().mockResolvedValue({
    lanes: [{ model: 's/m', input_tokens: 10, output_tokens: 10, usd: 0.5, source: 'priced', reason: '' }],
    usd: 0.5,
    complete: true,
  })
  vi.spyOn(connection.http, 'call').mockImplementation(asked)
  line = mount(CostLine, {
    props: { text: '', attachments: [], documents: [] },
    global: { plugins: [pinia, englishI18n()] },
  })
})

afterEach(() => {
  line.unmount()
  vi.useRealTimers()
})

async function written(text: string, attachments: readonly object[] = []): Promise<string> {
  await line.setProps({ text, attachments } as never)
  await vi.advanceTimersByTimeAsync(500)
  await flushPromises()
  return line.text()
}

describe('the cost of a draft', () => {
  it.each(['', '  ', '/', '@', '#', ' /', '@\n', '/remember I like tea'])('is not asked for %j', async (text) => {
    expect(await written(text)).toBe('')
    expect(asked).not.toHaveBeenCalled()
  })

  it.each(['a', '/etc/hosts', '@ada hello', '# Title', 'and/or'])('is told of %j', async (text) => {
    expect(await written(text)).toContain('0.50')
    expect(asked).toHaveBeenCalledOnce()
  })

  it('goes when only the mark is left, and comes with an attachment beside it', async () => {
    expect(await written('/tea')).toContain('0.50')
    expect(await written('/')).toBe('')
    expect(await written('/', [PICTURE])).toContain('0.50')
  })
})
