import createDOMPurify, { type Config } from 'dompurify'

import { OPENABLE } from '../protocol/types.gen'

const TAGS = [
  'a',
  'blockquote',
  'br',
  'code',
  'div',
  'em',
  'figure',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'hr',
  'img',
  'li',
  'ol',
  'p',
  'pre',
  's',
  'span',
  'strong',
  'table',
  'tbody',
  'td',
  'th',
  'thead',
  'tr',
  'ul',
]
const PLAIN_ATTRIBUTES = [
  'alt',
  'aria-hidden',
  'class',
  'data-language',
  'dir',
  'loading',
  'rel',
  'start',
  'tabindex',
  'target',
  'title',
]

const ANSWER: Config = {
  ALLOWED_TAGS: TAGS,
  ALLOWED_ATTR: [...PLAIN_ATTRIBUTES, 'href', 'src'],
  // The purifier holds every attribute against the address pattern that is not named here.
  ADD_URI_SAFE_ATTR: PLAIN_ATTRIBUTES,
  ALLOWED_URI_REGEXP: new RegExp(`^(?:${OPENABLE.join('|')}|/api/attachments/[0-9a-f]{64}$)`, 'i'),
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
}

/** KaTeX's output: boxes with MathML beside them for screen readers, and SVG for roots and arrows. */
const FORMULA: Config = {
  USE_PROFILES: { html: true, mathMl: true, svg: true },
  ADD_TAGS: ['semantics'],
  ADD_ATTR: ['data-css'],
  FORBID_TAGS: ['a', 'img', 'image', 'style', 'form', 'input', 'button', 'annotation', 'annotation-xml', 'use'],
  FORBID_CONTENTS: ['annotation', 'annotation-xml', 'style'],
  FORBID_ATTR: ['style', 'href', 'src', 'id', 'name'],
}

const purifier = createDOMPurify(window)

// The belt: the parser already gives every link these, and no image but an attachment.
purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.nodeName === 'A') {
    node.setAttribute('target', '_blank')
    node.setAttribute('rel', 'noopener noreferrer nofollow')
  }
  if (node.nodeName === 'IMG' && !node.getAttribute('src')?.startsWith('/api/attachments/')) node.remove()
})

function toFragment(html: string, config: Config): DocumentFragment {
  return purifier.sanitize(html, { ...config, RETURN_DOM_FRAGMENT: true })
}

/** Elements of an answer's HTML. The only ways from a string to the page are this function and the next. */
export function answerElements(html: string): Element[] {
  return [...toFragment(html, ANSWER).children]
}

/** Rows of a table, which a parser drops outside of one. */
export function rowElements(html: string): Element[] {
  return [...toFragment(`<table><tbody>${html}</tbody></table>`, ANSWER).querySelectorAll('tr')]
}

/** Code with its colours: spans with a class, and text. */
export function codeNodes(html: string): DocumentFragment {
  return toFragment(html, { ALLOWED_TAGS: ['span'], ALLOWED_ATTR: ['class'], ALLOW_DATA_ATTR: false })
}

/**
 * A typeset formula. Its `style` attributes would be refused by the page's Content-Security-Policy, so they
 * travel as data and are set one property at a time, which the policy allows.
 */
export function formulaNodes(html: string): DocumentFragment {
  const fragment = toFragment(html.replaceAll(' style="', ' data-css="'), FORMULA)
  for (const element of fragment.querySelectorAll<HTMLElement | SVGElement>('[data-css]')) {
    for (const rule of (element.getAttribute('data-css') ?? '').split(';')) {
      const [name, value] = rule.split(':')
      // A line that begins above where the last one ended would be drawn over what stands before the formula.
      const isBackwards = element.classList.contains('katex-newline') && value?.trim().startsWith('-')
      if (name && value && !isBackwards) element.style.setProperty(name.trim(), value.trim())
    }
    element.removeAttribute('data-css')
  }
  return fragment
}
