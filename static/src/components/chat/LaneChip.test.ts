// @vitest-environment jsdom
import { mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, type Pinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import HealthDot from '@/components/models/HealthDot.vue'
import PersonaPicture from '@/components/models/PersonaPicture.vue'
import type { Lane } from '@/protocol/types.gen'
import { useConnection } from '@/stores/connection'
import { useModels } from '@/stores/models'
import { BLANK, usePersonas } from '@/stores/personas'
import { FakeServer } from '@/transport/fake'
import { Http } from '@/transport/http'
import { englishI18n } from '@/testing/i18n'

import LaneChip from './LaneChip.vue'

let pinia: Pinia

beforeEach(() => {
  localStorage.clear()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  )
  pinia = createPinia()
  setActivePinia(pinia)
  const server = new FakeServer()
  useConnection().start(server.transport(), new Http(server.fetch), () => {})
})

afterEach(() => {
  vi.unstubAllGlobals()
  document.body.replaceChildren()
})

function chip(lane: Partial<Lane> = {}, more: { count?: number; readonly?: boolean } = {}): VueWrapper {
  const props = {
    lane: { id: 'a', model: 'openrouter/openai/gpt-4.1-mini', ...lane },
    index: 0,
    count: 1,
    readonly: false,
    ...more,
  }
  return mount(LaneChip, { props, global: { plugins: [pinia, englishI18n()] }, attachTo: document.body })
}

describe('a lane in the header', () => {
  it('names its model and its server, and marks who made it', () => {
    const shown = chip()
    expect(shown.get('.name').text()).toBe('gpt-4.1-mini')
    expect(shown.get('.server').text()).toBe('openrouter')
    expect(shown.get('.model-mark').attributes('data-letters')).toBe('AI')
    expect(shown.get('.model').attributes('aria-label')).toContain('gpt-4.1-mini openrouter')
  })

  it('says less of more lanes', () => {
    expect(chip({}, { count: 2 }).classes()).not.toContain('tight')
    expect(chip({}, { count: 5 }).classes()).toContain('tight')
  })

  it('cannot be changed where the conversation can only be read', () => {
    const shown = chip({}, { readonly: true })
    expect(shown.get('.model').attributes('disabled')).toBeDefined()
    expect(shown.find('.more').exists()).toBe(false)
  })

  it.each([
    [{}, false],
    [{ system: 'Be brief.' }, true],
    [{ params: { temperature: 0 } }, true],
    [{ params: {} }, false],
    [{ tools: false }, true],
  ] as [Partial<Lane>, boolean][])('with %j tells whether its settings differ: %s', (lane, differs) => {
    expect(chip(lane).get('.more').classes('changed')).toBe(differs)
  })

  it('has the picture of its persona instead of a mark, with the model beside', () => {
    usePersonas().personas = [
      { ...BLANK, id: 'p', owner: 'me', mine: true, name: 'Old Socrates', system_prompt: 'You ask.' },
    ]
    const shown = chip({ system: 'You ask.' })
    expect(shown.findComponent(PersonaPicture).props('name')).toBe('Old Socrates')
    expect(shown.find('.model-mark').exists()).toBe(false)
    expect(shown.get('.server').text()).toBe('gpt-4.1-mini · openrouter')
  })

  it.each(['unhealthy', 'slow', 'healthy'] as const)(
    'tells of a server that is %s only where something is wrong',
    (status) => {
      useModels().health = { openrouter: { status, available: status !== 'unhealthy', error: null } as never }
      expect(chip().findComponent(HealthDot).exists()).toBe(status !== 'healthy')
    },
  )

  it.each([
    ['Move left', true],
    ['Move right', false],
    ['Duplicate', false],
    ['Remove gpt-4.1-mini', false],
  ])('in front of another has “%s”, and cannot use it: %s', async (label, disabled) => {
    await chip({}, { count: 2 }).get('.more').trigger('click')
    const button = document.body.querySelector<HTMLButtonElement>(`.popover [aria-label="${label}"]`)
    expect(button?.disabled).toBe(disabled)
  })
})
