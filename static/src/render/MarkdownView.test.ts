// @vitest-environment jsdom
import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { createI18n } from 'vue-i18n'

import { render as en } from '@/i18n/en/render'
import { render as ru } from '@/i18n/ru/render'
import { render as tr } from '@/i18n/tr/render'

import MarkdownView from './MarkdownView.vue'

let view: VueWrapper
const i18n = createI18n({ legacy: false, locale: 'en', messages: { en, tr, ru } })

function show(source: string, streaming = false): VueWrapper {
  view = mount(MarkdownView, { props: { source, streaming }, global: { plugins: [i18n] }, attachTo: document.body })
  return view
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  view.unmount()
  if (vi.isFakeTimers()) vi.runOnlyPendingTimers()
  vi.useRealTimers()
  i18n.global.locale.value = 'en'
})

describe('the view', () => {
  it('shows a finished text at once', () => {
    expect(show('# Title\n\n**bold**').html()).toContain('<strong>bold</strong>')
  })

  it('joins the steps of a frame into one', async () => {
    show('a', true)
    await view.setProps({ source: 'a b' })
    await view.setProps({ source: 'a b **c' })
    expect(view.text()).toBe('a')
    vi.advanceTimersByTime(20)
    expect(view.find('strong').text()).toBe('c')
  })

  it('draws what comes in a frame in that frame', async () => {
    show('a', true)
    vi.advanceTimersByTime(20)
    await view.setProps({ source: 'a **b**' })
    expect(view.find('strong').text()).toBe('b')
    vi.advanceTimersByTime(20)
    await view.setProps({ source: 'a **b** *c*' })
    expect(view.find('em').text()).toBe('c')
  })

  it('shows the end of a text in a page that gets no frames', async () => {
    vi.spyOn(window, 'requestAnimationFrame').mockReturnValue(0)
    show('a', true)
    await view.setProps({ source: 'a [b](https://example.com)', streaming: false })
    vi.advanceTimersByTime(300)
    expect(view.find('a').attributes('href')).toBe('https://example.com')
  })

  it('draws nothing after it is gone', async () => {
    show('a', true)
    await view.setProps({ source: 'a b' })
    const { element } = view
    view.unmount()
    vi.advanceTimersByTime(1_000)
    expect(element.textContent).toBe('a')
  })

  it('follows the language of the page', async () => {
    show('```js\nx\n```')
    i18n.global.locale.value = 'ru'
    await nextTick()
    expect(view.find('[data-action="copy"]').text()).toBe('Копировать')
  })
})

describe('a code block', () => {
  it('copies its text and says so for two seconds', async () => {
    const writeText = vi.fn(() => Promise.resolve())
    vi.stubGlobal('navigator', { clipboard: { writeText } })
    show('```js\nlet a = "<b>"\n```')
    await view.find('[data-action="copy"]').trigger('click')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(writeText).toHaveBeenCalledWith('let a = "<b>"\n')
    expect(view.find('[data-action="copy"]').text()).toBe('Copied')
    await vi.advanceTimersByTimeAsync(1_500)
    expect(view.find('[data-action="copy"]').text()).toBe('Copy')
    vi.unstubAllGlobals()
  })

  it('copies without a clipboard, and says when that is refused', async () => {
    vi.stubGlobal('navigator', {})
    document.execCommand = vi.fn(() => false)
    show('```\nx\n```')
    await view.find('[data-action="copy"]').trigger('click')
    await vi.advanceTimersByTimeAsync(1)
    expect(document.execCommand).toHaveBeenCalledWith('copy')
    expect(view.find('[data-action="copy"]').text()).toBe(en.render.copyFailed)
    expect(document.querySelector('textarea')).toBeNull()
    vi.unstubAllGlobals()
  })

  it('wraps its lines and back', async () => {
    show('```js\nx\n```')
    const button = view.find('[data-action="wrap"]')
    await button.trigger('click')
    expect(view.find('figure').attributes()).toHaveProperty('data-wrapped')
    expect(button.attributes('aria-pressed')).toBe('true')
    await button.trigger('click')
    expect(button.attributes('aria-pressed')).toBe('false')
  })

  it('downloads under the name of its language', async () => {
    const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockReturnValue()
    URL.createObjectURL = vi.fn(() => 'blob:x')
    URL.revokeObjectURL = vi.fn()
    show('```py\nx\n```')
    await view.find('[data-action="download"]').trigger('click')
    expect(click.mock.contexts).toMatchObject([{ download: 'code.py' }])
    await vi.advanceTimersByTimeAsync(3_000)
    expect(URL.revokeObjectURL).toHaveBeenCalledWith('blob:x')
  })

  it('gets its colours when it is finished and keeps its text', async () => {
    vi.useRealTimers()
    show('```python\ndef f():\n    return "<x>"\n```')
    await vi.waitFor(() => expect(view.find('.hljs-keyword').text()).toBe('def'))
    expect(view.find('code').element.textContent).toBe('def f():\n    return "<x>"\n')
  })
})

describe('a formula', () => {
  it('is typeset when KaTeX has arrived', async () => {
    vi.useRealTimers()
    show('Let $x^2$ be, and $\\badcommand$ not.')
    await vi.waitFor(() => expect(view.find('.katex math').exists()).toBe(true), 5_000)
    expect(view.find('[data-tex="x^2"] .katex-html').exists()).toBe(true)
    await vi.waitFor(() => expect(view.find('.md-math-bad').text()).toBe('\\badcommand'))
    expect(view.html()).not.toContain('data-css')
  })

  it('cannot make a link or load anything', async () => {
    vi.useRealTimers()
    show('$y$ $\\href{https://evil.example}{x}$ $\\includegraphics{https://evil.example/a.png}$')
    await vi.waitFor(() => expect(view.find('.katex').exists()).toBe(true), 5_000)
    expect(view.find('a').exists()).toBe(false)
    expect(view.find('img').exists()).toBe(false)
  })
})
