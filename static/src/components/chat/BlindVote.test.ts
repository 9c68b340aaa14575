// @vitest-environment jsdom
import { mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { useDialogs } from '@/stores/dialogs'
import { englishI18n } from '@/testing/i18n'

import BlindVote from './BlindVote.vue'

const actions = vi.hoisted(() => ({ prefer: vi.fn(), equal: vi.fn(), goOnFrom: vi.fn() }))
vi.mock('@/composables/useActions', () => ({ useActions: () => actions }))
vi.mock('@/composables/useVoices', () => ({ useVoices: () => ({ name: (id: string) => id, colour: () => '' }) }))

let shown: VueWrapper

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
  setActivePinia(createPinia())
  actions.prefer.mockReset().mockResolvedValue(true)
  actions.equal.mockReset()
  actions.goOnFrom.mockReset()
})

afterEach(() => {
  shown.unmount()
  vi.unstubAllGlobals()
})

function show(last = true, answers = ['a', 'b', 'c']): void {
  shown = mount(BlindVote, { props: { answers, last }, global: { plugins: [englishI18n()] }, attachTo: document.body })
}

function press(code: string, held: KeyboardEventInit = { altKey: true }): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { code, key: code, bubbles: true, cancelable: true, ...held })
  document.body.dispatchEvent(event)
  return event
}

describe('a blind turn', () => {
  it.each([
    ['Digit1', 'a', ['b', 'c']],
    ['Digit2', 'b', ['a', 'c']],
    ['Digit3', 'c', ['a', 'b']],
  ])('is voted on by one key: %s', async (code, best, others) => {
    show()
    expect(press(code).defaultPrevented).toBe(true)
    await vi.waitFor(() => expect(actions.goOnFrom).toHaveBeenCalledWith(best))
    expect(actions.prefer.mock.calls).toEqual([[best, others]])
  })

  it.each([
    ['Digit0', 'tie'],
    ['Minus', 'both_bad'],
  ])('is a tie, or all bad, by one key: %s', (code, how) => {
    show()
    press(code)
    expect(actions.equal.mock.calls).toEqual([['a', ['b', 'c'], how]])
  })

  it('leaves other keys alone, and what is typed', () => {
    show()
    const others = [
      press('Digit4'),
      press('KeyA'),
      press('Digit1', {}),
      press('Digit1', { ctrlKey: true, altKey: true }),
    ]
    press('Digit1', { altKey: true, repeat: true })
    expect(others.map((event) => event.defaultPrevented)).toEqual([false, false, false, false])
    expect(actions.prefer).not.toHaveBeenCalled()
  })

  it('takes no key where it is not the last, nor behind a dialog', () => {
    show(false)
    press('Digit1')
    shown.unmount()
    show()
    useDialogs().search({})
    press('Digit1')
    expect(actions.prefer).not.toHaveBeenCalled()
  })

  it('says which key it is', () => {
    show()
    expect(shown.findAll('button').map((button) => button.attributes('data-tip'))).toEqual([
      'Alt 1',
      'Alt 2',
      'Alt 3',
      'Alt 0',
      'Alt -',
    ])
  })
})
