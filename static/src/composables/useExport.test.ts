// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { defineComponent } from 'vue'

import { useConnection } from '@/stores/connection'
import { useToasts } from '@/stores/toasts'
import { FakeServer } from '@/transport/fake'
import { Http } from '@/transport/http'
import { englishI18n } from '@/testing/i18n'

import { useExport } from './useExport'

let exporting: ReturnType<typeof useExport>
let saved: string[]

beforeEach(() => {
  localStorage.clear()
  saved = []
  const pinia = createPinia()
  setActivePinia(pinia)
  const server = new FakeServer()
  useConnection().start(server.transport(), new Http(server.fetch), () => {})
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:made', revokeObjectURL: () => {} }))
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.download)
  })
  const Page = defineComponent({
    setup() {
      exporting = useExport()
      return () => null
    },
  })
  mount(Page, { global: { plugins: [pinia, englishI18n()] } })
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

function answers(status: number, disposition?: string): void {
  vi.stubGlobal('fetch', () =>
    Promise.resolve(
      new Response('words', { status, ...(disposition && { headers: { 'Content-Disposition': disposition } }) }),
    ),
  )
}

it.each([
  ['attachment; filename="Plans for May.md"', 'Plans for May.md'],
  ["attachment; filename*=utf-8''%C3%87ay%20saati.md", 'Çay saati.md'],
  [undefined, 'c1.md'],
])('saves a conversation under the name that the server gives: %j', async (disposition, name) => {
  answers(200, disposition)
  await exporting.one('c1', 'markdown')
  expect(saved).toEqual([name])
})

it('saves nothing where it is refused, and says so', async () => {
  answers(413)
  await exporting.one('c1', 'html')
  expect(saved).toEqual([])
  expect(useToasts().toasts).toHaveLength(1)
})
