// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { ToolRow } from '@/domain/tools'
import { useDialogs } from '@/stores/dialogs'
import { englishI18n } from '@/testing/i18n'

import ToolPolicy from './ToolPolicy.vue'

const boot = vi.hoisted(() => ({ staff: true }))
vi.mock('@/boot', () => ({ boot }))

const TOOL: ToolRow = {
  name: 'web_search',
  title: 'Web search',
  description: 'Searches the web.',
  source: 'builtin',
  read_only: true,
  policy: 'allow',
  available: false,
  reason: 'Set SEARCH_PROVIDER.',
  parameters: {},
}

function row(tool: ToolRow) {
  return mount(ToolPolicy, { props: { tool }, global: { plugins: [englishI18n()] } })
}

describe('a tool in the settings', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    boot.staff = true
  })

  it('leads whoever administers to the search service and its check', async () => {
    const shown = row(TOOL)
    expect(shown.text()).toContain('Set SEARCH_PROVIDER.')
    await shown.get('button').trigger('click')
    expect(useDialogs().service).toBe('webSearch')
    expect(useDialogs().sheet).toBe('services')
    shown.unmount()
  })

  it('leads nobody else there, and from no other tool', () => {
    const other = row({ ...TOOL, name: 'calculate' })
    expect(other.find('button').exists()).toBe(false)
    other.unmount()
    boot.staff = false
    const shown = row(TOOL)
    expect(shown.find('button').exists()).toBe(false)
    shown.unmount()
  })
})
