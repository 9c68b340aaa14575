// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'

import { htmlOf, parseBlocks } from './blocks'
import { answerElements, codeNodes, formulaNodes, rowElements } from './sanitise'

const HOSTILE = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<a href="javascript:alert(1)">x</a>',
  '<a href=" &#14; javascript:alert(1)">x</a>',
  '<form action="https://evil.example"><input name=x><button>go</button></form>',
  '<style>*{background:url(https://evil.example)}</style>',
  '<p style="background:url(https://evil.example)">x</p>',
  '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
  '<base href="https://evil.example">',
  '<meta http-equiv=refresh content="0;url=javascript:alert(1)">',
  '<link rel=stylesheet href=https://evil.example>',
  '<video><source onerror=alert(1)></video>',
  '<details open ontoggle=alert(1)>',
  '<div id="app" name="boot" data-action="copy" onclick="alert(1)">x</div>',
  '<template><img src=x onerror=alert(1)></template>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<img src="https://evil.example/pixel.png">',
  '<a href="https://example.com" target="_self" rel="opener">x</a>',
]

function box(elements: Iterable<Node>): HTMLElement {
  const element = document.createElement('div')
  element.append(...elements)
  return element
}

function expectHarmless(element: HTMLElement): void {
  expect(
    element.querySelector('script,style,iframe,object,embed,form,input,button,svg,base,meta,link,template'),
  ).toBeNull()
  for (const node of element.querySelectorAll('*')) {
    for (const { name } of node.attributes) expect(name).not.toMatch(/^(?:on|style$|id$|name$|srcdoc$|data-action)/)
  }
  for (const link of element.querySelectorAll('a')) {
    expect(link.getAttribute('href') ?? 'https://').toMatch(/^(?:https?:\/\/|mailto:|\/api\/attachments\/)/)
    expect(link.rel).toBe('noopener noreferrer nofollow')
    expect(link.target).toBe('_blank')
  }
  for (const image of element.querySelectorAll('img'))
    expect(image.getAttribute('src')).toMatch(/^\/api\/attachments\//)
}

describe('hostile text', () => {
  it.each([
    ...HOSTILE,
    ...HOSTILE.map((html) => `> - **${html}**`),
    ...HOSTILE.map((html) => `| a |\n|---|\n| ${html} |`),
    ...HOSTILE.map((html) => `[${html}](https://example.com "${html}")`),
    '[x](https://example.com"onclick="alert(1))',
    '![x" onerror="alert(1)](https://example.com/a.png)',
    '```"><img src=x onerror=alert(1)>\ncode</code></pre><script>alert(1)</script>\n```',
    '$\\href{javascript:alert(1)}{x}$ $<img src=x onerror=alert(1)>$',
    '<https://example.com/"><script>alert(1)</script>>',
    '[a]: <javascript:alert(1)> "x"\n\n[a] ![a]',
    '\u0000<scr\u0000ipt>alert(1)</script>',
  ])('%j as Markdown does nothing', (source) => {
    expectHarmless(box(answerElements(parseBlocks(source, {}).map(htmlOf).join(''))))
  })

  it.each(HOSTILE)('%s past the parser does nothing', (html) => {
    expectHarmless(box(answerElements(html)))
    expectHarmless(box(rowElements(`<tr><td>${html}</td></tr>`)))
    expect(box([codeNodes(html)]).querySelector(':not(span)')).toBeNull()
  })
})

describe('formulas', () => {
  it('get their styles without a style attribute in the HTML', () => {
    const element = box([formulaNodes('<span class="strut" style="height:0.7em;vertical-align:-0.08em"></span>')])
    const strut = element.querySelector<HTMLElement>('.strut')
    expect(strut?.style.height).toBe('0.7em')
    expect(strut?.style.verticalAlign).toBe('-0.08em')
    expect(strut?.hasAttribute('data-css')).toBe(false)
  })

  it('keep MathML and drop the source beside it', () => {
    const element = box([
      formulaNodes(
        '<math><semantics><mrow><mi>x</mi></mrow><annotation encoding="t">SOURCE</annotation></semantics></math>',
      ),
    ])
    expect(element.querySelector('math mi')?.textContent).toBe('x')
    expect(element.textContent).toBe('x')
  })

  it('cannot bring links, images or script', () => {
    const element = box([
      formulaNodes('<a href="https://x">y</a><img src="https://x"><svg><script>1</script><image href="x"/></svg>'),
    ])
    expect(element.querySelector('a,img,script,image')).toBeNull()
  })
})
