import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { cpuMsOf } from '@/testing/cpuTime'

import { type Block, htmlOf } from './blocks'
import { MarkdownDocument } from './document'
import { PIECES, REFERENCES } from './samples'

const html = (blocks: readonly Block[]) => blocks.map(htmlOf).join('')
const whole = (source: string) => html(new MarkdownDocument().update(source, false))
const partial = (source: string) => html(new MarkdownDocument().update(source, true))

function cut(source: string, cuts: readonly number[]): string[] {
  const ends = [...new Set(cuts.map((each) => each % (source.length + 1)))].sort((a, b) => a - b)
  return [...ends, source.length].map((end) => source.slice(0, end))
}

const text = (pieces: readonly string[]) =>
  fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 14 }).map((all) => all.join(''))
const cuts = fc.array(fc.nat(2_000), { maxLength: 40 })

describe('any split of a text into steps', () => {
  it('ends in the same HTML as the whole text at once', () => {
    fc.assert(
      fc.property(text([...PIECES, ...REFERENCES]), cuts, (source, at) => {
        const document = new MarkdownDocument()
        for (const step of cut(source, at)) document.update(step, true)
        expect(html(document.update(source, false))).toBe(whole(source))
      }),
      { numRuns: 600, seed: 1 },
    )
  })

  it('never settles a block otherwise than the whole text has it', () => {
    fc.assert(
      fc.property(text(PIECES), cuts, (source, at) => {
        const document = new MarkdownDocument()
        const settled = new Map<number, string>()
        for (const step of cut(source, at)) {
          document.update(step, true).forEach((block, index) => {
            if (block.done) settled.set(index, htmlOf(block))
          })
        }
        const blocks = new MarkdownDocument().update(source, false)
        for (const [index, each] of settled) expect(each).toBe(blocks[index] && htmlOf(blocks[index]))
      }),
      { numRuns: 1500, seed: 2 },
    )
  })

  it('gives character by character what it gives in one step', () => {
    const source = PIECES.filter((piece) => piece.length > 2).join('\n')
    const document = new MarkdownDocument()
    for (let end = 1; end <= source.length; end++) document.update(source.slice(0, end), true)
    expect(html(document.update(source, false))).toBe(whole(source))
  })

  it('begins anew when the text is another one', () => {
    const document = new MarkdownDocument()
    document.update('# One\n\nText\n\nMore\n\n', true)
    expect(html(document.update('Two\n\n', true))).toBe(whole('Two\n\n'))
  })

  it('resolves a reference that is defined below at the end', () => {
    const document = new MarkdownDocument()
    const source = 'See [it].\n\nText.\n\n[it]: https://example.com/\n'
    expect(html(document.update(source, true))).not.toContain('<a ')
    expect(html(document.update(source, false))).toContain('<a href="https://example.com/"')
  })
})

describe('settled blocks', () => {
  it('stay the same objects while text is added', () => {
    const document = new MarkdownDocument()
    const first = document.update('# One\n\nText\n\nMore\n\nTail', true)
    const next = document.update('# One\n\nText\n\nMore\n\nTail goes on', true)
    expect(next.slice(0, 3).map((block, index) => block === first[index])).toEqual([true, true, true])
  })

  it('cost no more when there are many of them', () => {
    const document = new MarkdownDocument()
    const body = 'Some words in a paragraph.\n\n'.repeat(4_000)
    document.update(body, true)
    const taken = cpuMsOf(() => {
      for (let i = 1; i <= 200; i++) document.update(body + 'x'.repeat(i), true)
    })
    expect(taken / 200).toBeLessThan(5)
  })
})

describe('half-typed marks', () => {
  it.each([
    ['**bo', '<strong>bo</strong>'],
    ['a *b', '<em>b</em>'],
    ['***both', '<em><strong>both</strong></em>'],
    ['~~go', '<s>go</s>'],
    ['**a `b', '<strong>a <code>b</code></strong>'],
    ['**bold*', '<strong>bold</strong>'],
    ['`co', '<code>co</code>'],
    ['``a `b', '<code>a `b</code>'],
    ['- item **bo', '<strong>bo</strong>'],
    ['| a | b |\n|---|---|\n| 1 | **bo', '<strong>bo</strong>'],
    ['> quote **bo', '<strong>bo</strong>'],
  ])('%j is closed', (source, expected) => {
    expect(partial(source)).toContain(expected)
  })

  it.each([
    ['text **', 'text'],
    ['text `', 'text'],
    ['see [the pa', 'see the pa'],
    ['see [the page]', 'see the page'],
    ['see [the page](https://exa', 'see the page'],
    ['see [the page](https://example.com "Ti', 'see the page'],
    ['see ![alt](https://exa', 'see alt'],
    ['text\n-', 'text'],
    ['text\n==', 'text'],
    ['text\n1', 'text'],
    ['text\n- [', 'text'],
    ['text\n\n```pyth', 'text'],
    ['text\n\n| a | b', 'text'],
    ['text\n\n| a | b |\n|--', 'text'],
    ['text <b', 'text'],
  ])('%j shows only its words', (source, expected) => {
    expect(partial(source)).toBe(`<p dir="auto">${expected}</p>\n`.replace('<p dir="auto"></p>\n', ''))
  })

  it.each(['list[0', '2 * 3', 'snake_case_na', 'a < b', 'costs $5 and', 'array[1] is', 'Hello!', 'R&D'])(
    '%j is left as it is',
    (source) => {
      expect(partial(source)).toBe(whole(source))
    },
  )

  it.each(['**bo', 'text `co', '[link', 'text\n1', '| a | b', '$x'])('%j is shown as typed at the end', (source) => {
    const shown = whole(source).replace(/<[^>]+>/g, '')
    for (const char of source.replace(/[\s`]/g, '')) expect(shown).toContain(char)
  })

  it.each(['so $x^2 + ', 'so \\(a + ', 'so \\[a', '$$\nx^2\n', '\\[\nx'])('the source of %j waits', (source) => {
    expect(partial(source)).toContain('md-waiting')
    expect(partial(source)).not.toContain('x^2')
  })

  it('shows code that is still being written', () => {
    expect(partial('```py\nx = 1\ny')).toContain('x = 1\ny')
    expect(partial('```py\nx = 1\n``')).toContain('<code>x = 1\n</code>')
    expect(partial('```py\nx = 1\n```')).toContain('<code>x = 1\n</code>')
  })
})

describe('long texts', () => {
  it('are Markdown up to the limit and plain text after it', () => {
    const document = new MarkdownDocument()
    const source = '**bold** words\n\n'.repeat(20_000)
    const blocks = document.update(source, true)
    const last = blocks.at(-1)
    expect(last?.kind).toBe('plain')
    expect(html(document.update(source, false))).toBe(whole(source))
    expect(last && 'text' in last ? last.text.length : 0).toBeGreaterThan(source.length - 200_001)
  })
})
