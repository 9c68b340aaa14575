import { describe, expect, it } from 'vitest'

import { cpuMsOf } from '@/testing/cpuTime'

import { htmlOf, parseBlocks } from './blocks'

const render = (source: string) => parseBlocks(source, {}).map(htmlOf).join('')
const formulas = (source: string) =>
  [...render(source).matchAll(/<(?:span|div) class="md-math[^"]*">([^<]*)</g)].map((match) => match[1])

describe('money', () => {
  it.each([
    'It costs $5 and $6.',
    'From $10-$15, or $20–$30 per month.',
    'Costs $5, or US$ 6, and A$7.',
    '$1,000 then $2,000',
    '**$5** vs **$6**',
    '($5)/($6)',
    '$5/month and $6/month',
    'I have $5 but he has 6$ today',
    'export $HOME and $PATH',
    '$HOME/$USER',
    'a $ b $ c',
    'escaped \\$5 and \\$6',
    '`$x$`',
    '5$ and 6$',
  ])('%s', (source) => {
    expect(formulas(source)).toEqual([])
  })
})

describe('formulas', () => {
  it.each([
    ['$x$', 'x'],
    ['Let $x^2 + y^2 = z^2$.', 'x^2 + y^2 = z^2'],
    ['$2x$ and text', '2x'],
    ['It costs $5 and $6, but $E = mc^2$.', 'E = mc^2'],
    ['$5 + 3 = 8$', '5 + 3 = 8'],
    ['其中$E$是能量', 'E'],
    ['$\\$5$', '\\$5'],
    ['\\(a_1 * b_1\\)', 'a_1 * b_1'],
    ['text \\[ x \\] text', 'x'],
    ['text $$ y $$ text', 'y'],
    ['$$\n\\frac{1}{2}\n$$', '\\frac{1}{2}'],
    ['\\[\n\\sum_i x_i\n\\]', '\\sum_i x_i'],
    ['- item\n\n  $$\n  z\n  $$', 'z'],
    ['para\n$$\nq\n$$\npara', 'q'],
  ])('%j', (source, tex) => {
    expect(formulas(source)).toEqual([tex])
  })

  it('leaves the marks inside a formula alone', () => {
    expect(render('$a_1 * b_1 * c_1$')).not.toContain('<em>')
  })

  it('does not swallow the text after dollars that are never closed', () => {
    expect(render('$$\nx\n\n# Heading')).toContain('<h1')
  })
})

describe('links and images', () => {
  it.each([
    '[a](javascript:alert(1))',
    '[a](JaVaScRiPt:alert(1))',
    '[a](java\nscript:alert(1))',
    '[a](&#106;avascript:alert(1))',
    '[a](data:text/html;base64,PHNjcmlwdD4=)',
    '[a](vbscript:x)',
    '[a](file:///etc/passwd)',
    '[a](//evil.example)',
    '[a](/\\evil.example)',
    '[a](/admin/)',
    '[a](relative)',
    '[a](#fragment)',
    '[a](blob:abc)',
    '<javascript:alert(1)>',
    '[a]: javascript:alert(1)\n\n[a]',
    '[a](/api/attachments/../../admin)',
  ])('%j gives no link', (source) => {
    expect(render(source)).not.toContain('<a ')
  })

  it('open in a new tab and do not tell where from', () => {
    expect(render('[a](https://example.com)')).toContain(
      '<a href="https://example.com" target="_blank" rel="noopener noreferrer nofollow">a</a>',
    )
  })

  it('bare addresses become links, file names do not', () => {
    expect(render('https://example.com/a_b_c')).toContain('href="https://example.com/a_b_c"')
    expect(render('edit main.py and see example.com')).not.toContain('<a ')
  })

  it('a remote image is a link, one of our own is shown', () => {
    const own = `/api/attachments/${'a'.repeat(64)}`
    expect(render('![cat](https://example.com/cat.png)')).not.toContain('<img')
    expect(render('![cat](https://example.com/cat.png)')).toContain(
      '<a class="md-image" href="https://example.com/cat.png"',
    )
    expect(render(`![cat](${own})`)).toContain(`<img src="${own}" alt="cat" loading="lazy">`)
    expect(render('![x](data:image/png;base64,AAAA)')).not.toContain('<img')
  })

  it('an image inside a link does not nest links', () => {
    expect(render('[![badge](https://x.example/b.svg)](https://x.example)').match(/<a /g)).toHaveLength(1)
  })
})

describe('blocks', () => {
  it('show HTML as text', () => {
    expect(render('<script>alert(1)</script> <img src=x onerror=alert(1)>')).not.toMatch(/<(?:script|img)/)
  })

  it('align table columns without a style attribute', () => {
    const html = render('| a | b |\n|:-:|--:|\n| 1 | 2 |')
    expect(html).toContain('<td class="md-right">2</td>')
    expect(html).not.toContain('style=')
    expect(html).toContain('<div class="md-table" tabindex="0"><table dir="auto">')
  })

  it('tell open tasks from done ones', () => {
    const html = render('- [ ] open\n- [x] done\n- [link](https://a.example)\n- no')
    expect(html).toContain('<li class="md-task"><span class="md-mark">☐</span> open')
    expect(html).toContain('<li class="md-task md-done"><span class="md-mark">☑</span> done')
    expect(html.match(/md-task/g)).toHaveLength(2)
  })

  it('take the direction of their text', () => {
    expect(render('مرحبا\n\nhello')).toBe('<p dir="auto">مرحبا</p>\n<p dir="auto">hello</p>\n')
  })

  it('keep a language label harmless', () => {
    expect(render('```"><script>\nx\n```')).toContain('data-language=""')
    expect(render('```c++ title="x"\nx\n```')).toContain('data-language="c++"')
  })
})

describe('inputs made to be slow', () => {
  const n = 20_000
  it.each([
    ['brackets', '['.repeat(n)],
    ['closed brackets', '[]'.repeat(n)],
    ['nested brackets', '['.repeat(n) + 'a' + ']'.repeat(n)],
    ['images', '!['.repeat(n)],
    ['stars', '*'.repeat(n) + 'a'],
    ['openers', '*a_ '.repeat(n / 4)],
    ['pairs', '**a *a '.repeat(n / 7)],
    ['backticks', Array.from({ length: 200 }, (_, i) => '`'.repeat(i) + 'a').join('')],
    ['dollars', '$a '.repeat(n / 3)],
    ['dollars closed', '$a$'.repeat(n / 3)],
    ['double dollars', '$$a '.repeat(n / 4)],
    ['parens', '\\(a '.repeat(n / 4)],
    ['display lines', '$$\n'.repeat(n / 3)],
    ['display paragraphs', '\\[\nx\n\n'.repeat(n / 6)],
    ['quotes', '>'.repeat(n)],
    ['quote spaces', '> '.repeat(n / 2)],
    ['bullets', '- '.repeat(n / 2)],
    ['deep list', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i * 2)}- a`).join('\n')],
    ['table rows', `|a|\n|-|\n${'|x|\n'.repeat(n / 4)}`],
    ['wide table', `|${'a|'.repeat(2_000)}\n|${'-|'.repeat(2_000)}\n${'|\n'.repeat(50)}`],
    ['autolinks', '<a:'.repeat(n / 3)],
    ['addresses', 'https://a.b/'.repeat(n / 12)],
    ['entities', '&'.repeat(n)],
    ['references', '[a]: x\n'.repeat(n / 7)],
    ['spaces', `a${' '.repeat(n)}b`],
    ['link openings', '[a](<b'.repeat(n / 6)],
    ['tags', '<br'.repeat(n / 3)],
  ])('%s', (_name, source) => {
    expect(cpuMsOf(() => render(source))).toBeLessThan(1_500)
  })
})

describe('numbers in brackets', () => {
  const cited = (source: string) => [...render(source).matchAll(/md-cite">(\d+)</g)].map((match) => match[1])

  it.each([
    ['so it is [1]', ['1']],
    ['so it is [1][3].', ['1', '3']],
    ['so it is [1, 2][3]; and [4]', ['1', '2', '3', '4']],
    ['[1](https://x.org) and [2][x]\n\n[x]: https://x.org', []],
    ['a[0]: no', []],
  ])('%j names sources', (source, numbers) => {
    expect(cited(source)).toEqual(numbers)
  })
})
