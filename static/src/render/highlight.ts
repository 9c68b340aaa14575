import type { HLJSApi } from 'highlight.js'

import { knownLanguage, loadersFor } from './languages'
import { runInSlices } from './runInSlices'
import { MAX_HIGHLIGHT } from './limits'
import { codeNodes } from './sanitise'
import { keepingSelection } from './selection'

let core: Promise<HLJSApi> | null = null
const loaded = new Map<string, Promise<HLJSApi | null>>()

async function load(name: string): Promise<HLJSApi | null> {
  try {
    core ??= import('highlight.js/lib/core').then((module) => module.default)
    const hljs = await core
    const languages = await Promise.all(loadersFor(name).map(async ([each, loader]) => [each, await loader()] as const))
    for (const [each, { default: language }] of languages) hljs.registerLanguage(each, language)
    return hljs
  } catch {
    // A file of a newer build that is gone, or no network: the code stays readable without colours.
    core = null
    loaded.delete(name)
    return null
  }
}

/** Colours one finished code element, when its language is known and has arrived. */
export function highlight(code: Element, label: string): void {
  const name = knownLanguage(label)
  const text = code.textContent ?? ''
  if (!name || code.hasAttribute('data-coloured') || text.length > MAX_HIGHLIGHT) return
  let language = loaded.get(name)
  if (!language) loaded.set(name, (language = load(name)))
  void language.then((hljs) => {
    if (hljs) runInSlices(() => colour(hljs, code, name, text))
  })
}

function colour(hljs: HLJSApi, code: Element, name: string, text: string): void {
  if (!code.isConnected || code.textContent !== text || code.hasAttribute('data-coloured')) return
  const { value } = hljs.highlight(text, { language: name, ignoreIllegals: true })
  const nodes = codeNodes(value)
  if (nodes.textContent !== text) return
  keepingSelection(code, () => code.replaceChildren(nodes))
  code.setAttribute('data-coloured', '')
}
