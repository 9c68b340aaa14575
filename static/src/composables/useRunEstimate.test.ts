// @vitest-environment jsdom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, ref } from 'vue'

import { useRunEstimate } from './useRunEstimate'
import { englishI18n } from '@/testing/i18n'

const chosen = ref('')
let form: VueWrapper
let asked: { of: string; tell: (cost: number) => void; refuse: (reason: Error) => void }[]

function told(): ReturnType<typeof useRunEstimate<number>> {
  let found!: ReturnType<typeof useRunEstimate<number>>
  const Form = defineComponent({
    setup() {
      const ask = (): Promise<number> => new Promise((tell, refuse) => asked.push({ of: chosen.value, tell, refuse }))
      found = useRunEstimate([chosen], () => (chosen.value ? ask() : null))
      return () => null
    },
  })
  const pinia = createPinia()
  setActivePinia(pinia)
  form = mount(Form, { global: { plugins: [pinia, englishI18n()] } })
  return found
}

async function rest(): Promise<void> {
  await flushPromises()
  vi.runAllTimers()
  await flushPromises()
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  chosen.value = 'one'
  asked = []
})
afterEach(() => {
  form.unmount()
  vi.useRealTimers()
})

describe('a cost told beforehand', () => {
  it('is asked once for what came in quick succession', async () => {
    const { estimate } = told()
    chosen.value = 'two'
    await flushPromises()
    chosen.value = 'three'
    await rest()
    expect(asked.map((one) => one.of)).toEqual(['three'])
    asked[0]?.tell(3)
    await flushPromises()
    expect(estimate.value).toBe(3)
  })

  it('is no longer there once something else is chosen, and an answer that comes late is not taken for it', async () => {
    const { estimate } = told()
    await rest()
    asked[0]?.tell(1)
    await flushPromises()
    chosen.value = 'two'
    await flushPromises()
    expect(estimate.value).toBeNull()
    await rest()
    chosen.value = 'three'
    await flushPromises()
    asked[1]?.tell(2)
    await flushPromises()
    expect(estimate.value).toBeNull()
  })

  it('gives way to the reason why it cannot be done, until something else is chosen', async () => {
    const { estimate, obstacle } = told()
    await rest()
    asked[0]?.refuse(new Error('no'))
    await flushPromises()
    expect(obstacle.value).not.toBe('')
    chosen.value = ''
    await rest()
    expect([estimate.value, obstacle.value, asked.length]).toEqual([null, '', 1])
  })
})
