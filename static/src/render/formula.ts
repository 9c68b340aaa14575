import type { KatexOptions } from 'katex'

import { runInSlices } from './runInSlices'
import { MAX_TEX } from './limits'
import { formulaNodes } from './sanitise'

type RenderToString = (tex: string, options: KatexOptions) => string

const KEPT = 500
/** Typeset formulas by their source: the tail of an answer is painted many times over. */
const typeset = new Map<string, DocumentFragment | null>()
let render: RenderToString | null = null
let loading: Promise<void> | null = null

function load(): Promise<void> {
  loading ??= Promise.all([import('katex'), import('katex/dist/katex.min.css')])
    .then(([katex]) => {
      render = katex.default.renderToString
    })
    .catch(() => {
      // No network, or a newer build has replaced the file: the source stays on the page.
      loading = null
    })
  return loading
}

function make(tex: string, display: boolean, toHtml: RenderToString): DocumentFragment | null {
  try {
    const html = toHtml(tex, {
      displayMode: display,
      trust: false,
      strict: 'ignore',
      maxExpand: 200,
      maxSize: 20,
      throwOnError: true,
      output: 'htmlAndMathml',
    })
    return formulaNodes(html)
  } catch {
    return null
  }
}

function nodesFor(tex: string, display: boolean, toHtml: RenderToString): DocumentFragment | null {
  const key = (display ? '$$' : '$') + tex
  let nodes = typeset.get(key)
  if (nodes === undefined) {
    if (typeset.size >= KEPT) typeset.clear()
    typeset.set(key, (nodes = make(tex, display, toHtml)))
  }
  return nodes
}

function fill(element: Element, toHtml: RenderToString): void {
  if (element.hasAttribute('data-tex')) return
  const tex = element.textContent ?? ''
  if (tex.length > MAX_TEX) return
  element.setAttribute('data-tex', tex)
  const nodes = nodesFor(tex, element.classList.contains('md-math-display'), toHtml)
  if (nodes) element.replaceChildren(nodes.cloneNode(true))
  else element.classList.add('md-math-bad')
}

function formulasOf(root: Element): Element[] {
  const elements = [...root.querySelectorAll('.md-math:not([data-tex])')]
  if (root.matches('.md-math:not([data-tex])')) elements.push(root)
  return elements
}

/** Typesets the formulas of an element that is not on the page yet, when KaTeX is there already. */
export function typesetNow(root: Element): void {
  if (!render) return
  for (const element of formulasOf(root)) fill(element, render)
}

/** Typesets what is left under `root`, after KaTeX has arrived and without holding up the page. */
export function typesetLater(root: Element): void {
  const elements = formulasOf(root)
  if (elements.length === 0) return
  void load().then(() => {
    for (const element of elements) {
      runInSlices(() => {
        if (render && element.isConnected) fill(element, render)
      })
    }
  })
}
