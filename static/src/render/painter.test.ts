// @vitest-environment jsdom
import * as fc from 'fast-check'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { render as en } from '@/i18n/en/render'
import { render as tr } from '@/i18n/tr/render'

import { MarkdownDocument } from './document'
import { Painter } from './painter'
import { PIECES, REFERENCES } from './samples'

class Page {
  readonly root = document.createElement('div')
  private readonly text = new MarkdownDocument()
  private readonly painter = new Painter(this.root, en.render)

  show(source: string, streaming = true): this {
    this.painter.paint(this.text.update(source, streaming))
    return this
  }

  relabel(): void {
    this.painter.relabel(tr.render)
  }

  /** Without the line ends between elements, which nobody sees. */
  get html(): string {
    return this.root.innerHTML.replace(/>\n+</g, '><').replace(/\n+(?=<\/?(?:li|ul|ol|p|blockquote|div|figure))/g, '')
  }
}

const shown = (source: string) => new Page().show(source, false).html

beforeEach(() => document.body.replaceChildren())

describe('words that come at the end of a text', () => {
  it.each([
    ['a paragraph', 'Some words'],
    ['bold words', 'Some **bold words'],
    ['an item', '- one\n- two words'],
    ['a nested item', '- one\n  - two words'],
    ['a quotation', '> said words'],
    ['a heading', '## Title'],
    ['a link with words after it', 'See [here](https://example.com) and'],
    ['a cell', '| a | b |\n|---|---|\n| 1 | two'],
    ['a paragraph with signs that HTML writes otherwise', 'He said "yes" & no'],
  ])('of %s need no parser', (_, begin) => {
    const page = new Page().show(begin)
    const parsed = vi.spyOn(DOMParser.prototype, 'parseFromString')
    let source = begin
    for (let step = 0; step < 20; step += 1) page.show((source += ` more${step}`))
    expect(parsed).not.toHaveBeenCalled()
    expect(page.html).toBe(new Page().show(source).html)
  })

  it('are text, whatever stands in them', () => {
    const page = new Page().show('Words')
    expect(page.show('Words &lt;b> <img src=x onerror=alert(1)>').root.querySelector('img, b')).toBeNull()
  })
})

describe('a preview', () => {
  const offered = (source: string, streaming = false) =>
    new Page().show(source, streaming).root.querySelectorAll('.md-views').length

  it.each([
    '```svg\n<svg></svg>\n```',
    '~~~~html\n<p>~~~</p>\n~~~~',
    '````mermaid\ngraph\n```\n````  ',
    '- in a list\n  ```svg\n  <svg></svg>\n  ```\n- more',
    '> ```svg\n> <svg></svg>\n> ```',
    '> - ```html\n>   <p></p>\n>   ```',
  ])('is offered of a fence that is closed: %j', (source) => {
    expect(offered(source)).toBe(1)
    expect(offered(`${source}\n\nWords after it.\n\nMore words.`, true)).toBe(1)
  })

  it.each([
    '```svg\n<svg></svg>',
    '```svg\n<svg></svg>\n',
    '```svg\n<svg></svg>\n``',
    '```svg',
    '````html\n<p></p>\n```',
    '```html\n<p></p>\n~~~',
    '```html\n<p></p> ```',
    '```html\n<p></p>\n> ```',
    '```html\n<p></p>\n    ```',
    '- in a list\n  ```svg\n  <svg></svg>',
    '> ```svg\n> <svg></svg>\n\nWords.',
    '- ```html\n  <p>\n\nWords after the list.',
  ])('is not offered of a fence that is not: %j', (source) => {
    expect(offered(source)).toBe(0)
    expect(offered(source, true)).toBe(0)
  })

  it('is offered once its fence is closed, by later words too', () => {
    const page = new Page().show('```svg\n<svg></svg>\n', false)
    expect(page.root.querySelector('.md-views')).toBeNull()
    expect(page.show('```svg\n<svg></svg>\n```', false).root.querySelector('.md-views')).not.toBeNull()
  })
})

describe('the page', () => {
  it('ends the same whatever steps a text came in', () => {
    const text = fc
      .array(fc.constantFrom(...PIECES, ...REFERENCES), { minLength: 1, maxLength: 8 })
      .map((all) => all.join(''))
    fc.assert(
      fc.property(text, fc.array(fc.nat(600), { maxLength: 12 }), (source, cuts) => {
        const page = new Page()
        for (const end of cuts.map((each) => each % (source.length + 1)).sort((a, b) => a - b))
          page.show(source.slice(0, end))
        expect(page.show(source, false).html).toBe(shown(source))
      }),
      { numRuns: 120, seed: 3 },
    )
  }, 60_000)

  it('keeps the nodes of finished blocks', () => {
    const page = new Page().show('# One\n\nText\n\n- a\n- b\n\n| a |\n|---|\n| 1 |\n\nNow **')
    const before = [...page.root.querySelectorAll('*')]
    page.show('# One\n\nText\n\n- a\n- b\n\n| a |\n|---|\n| 1 |\n\nNow **bold** and more\n\nNext')
    page.show('# One\n\nText\n\n- a\n- b\n\n| a |\n|---|\n| 1 |\n\nNow **bold** and more\n\nNext one.', false)
    expect(before.length).toBeGreaterThan(10)
    for (const node of before) expect(page.root.contains(node)).toBe(true)
  })

  it('keeps the rows before a new one', () => {
    const page = new Page().show('| a | b |\n|---|---|\n| 1 | 2 |\n')
    const row = page.root.querySelector('tbody tr')
    page.show('| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4')
    expect(page.root.querySelector('tbody tr')).toBe(row)
    expect(page.root.querySelectorAll('tbody tr')).toHaveLength(2)
  })

  it('keeps the text node that is being written, and with it a selection', () => {
    const page = new Page().show('Some words')
    document.body.append(page.root)
    const node = page.root.querySelector('p')?.firstChild
    const selection = document.getSelection()
    if (node) selection?.setBaseAndExtent(node, 0, node, 4)
    page.show('Some words go on **and')
    page.show('Some words go on **and on** to the end', false)
    expect(page.root.querySelector('p')?.firstChild).toBe(node)
    expect(selection?.toString()).toBe('Some')
  })

  it('keeps the code that is being written', () => {
    const page = new Page().show('```js\nlet a = 1\nlet')
    const node = page.root.querySelector('code')?.firstChild
    page.show('```js\nlet a = 1\nlet b = 2\n')
    page.show('```js\nlet a = 1\nlet b = 2\n```\n\nDone.', false)
    expect(page.root.querySelector('code')?.firstChild).toBe(node)
    expect(page.root.querySelector('code')?.textContent).toBe('let a = 1\nlet b = 2\n')
  })

  it('changes what a reference turned into a link and nothing else', () => {
    const page = new Page().show('First.\n\nSee [it].\n\nLast.\n\n[it]: https://example.com/')
    const first = page.root.firstElementChild
    page.show('First.\n\nSee [it].\n\nLast.\n\n[it]: https://example.com/', false)
    expect(page.root.firstElementChild).toBe(first)
    expect(page.root.querySelector('a')?.getAttribute('href')).toBe('https://example.com/')
  })

  it('takes blocks away when the text is another one', () => {
    expect(new Page().show('# One\n\nTwo\n\nThree\n\n').show('Other').html).toBe('<p dir="auto">Other</p>')
  })

  it('stops at its deadline after one block at least, and goes on from there', () => {
    const root = document.createElement('div')
    const painter = new Painter(root, en.render)
    const blocks = new MarkdownDocument().update('one\n\ntwo\n\nthree', false)
    expect(painter.paint(blocks, -1)).toBe(false)
    expect(root.children).toHaveLength(1)
    expect(painter.paint(blocks, -1)).toBe(false)
    expect(root.children).toHaveLength(2)
    expect(painter.paint(blocks)).toBe(true)
    expect(root.children).toHaveLength(3)
  })

  it('labels its buttons in another language without a new block', () => {
    const page = new Page().show('```js\nx\n```', false)
    const figure = page.root.querySelector('figure')
    page.relabel()
    expect(page.root.querySelector('[data-action="copy"]')?.textContent).toBe('Kopyala')
    expect(page.root.querySelector('figure')).toBe(figure)
  })

  it('keeps wrapped code wrapped while its list goes on', () => {
    const page = new Page().show('- a\n\n  ```js\n  x\n')
    page.root.querySelector('figure')?.setAttribute('data-wrapped', '')
    page.show('- a\n\n  ```js\n  x\n  y\n')
    expect(page.root.querySelector('figure')?.hasAttribute('data-wrapped')).toBe(true)
    expect(page.root.querySelectorAll('.md-bar')).toHaveLength(1)
  })

  it('does not touch the beginning of a very long paragraph', () => {
    const body = 'Some **bold** words, and more of them. '.repeat(200)
    const page = new Page().show(body)
    const first = page.root.querySelector('strong')
    expect(page.show(`${body}More **bo`).root.querySelector('strong')).toBe(first)
    expect(page.show(`${body}More **bold** ones.`, false).html).toBe(shown(`${body}More **bold** ones.`))
    expect(page.root.querySelector('strong')).toBe(first)
  })

  it('says where plain text begins', () => {
    const page = new Page().show('word '.repeat(41_000), false)
    expect(page.root.querySelector('.md-too-long')?.textContent).toBe(en.render.tooLong)
    expect(page.root.textContent?.length).toBeGreaterThan(204_000)
  })
})
