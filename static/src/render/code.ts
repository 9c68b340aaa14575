import { copyText } from '@/composables/useClipboard'

import { fileNameFor } from './languages'
import type { Labels } from '@/i18n/en/render'

const SHOWN_MS = 2_000

type Action = 'copy' | 'wrap' | 'download'
const ACTIONS: readonly Action[] = ['wrap', 'download', 'copy']

/** What has something to show beside its code, once it is whole. */
const PREVIEWED: ReadonlySet<string> = new Set(['mermaid', 'svg', 'html'])

type View = 'preview' | 'source'
const VIEWS: readonly View[] = ['preview', 'source']
const OF_PREVIEWS: ReadonlySet<string> = new Set([...VIEWS, 'reload', 'expand'])

function button(action: Action | View): HTMLButtonElement {
  const element = document.createElement('button')
  element.type = 'button'
  element.dataset['action'] = action
  if (action === 'wrap') element.setAttribute('aria-pressed', 'false')
  return element
}

function labelBar(bar: Element, language: string, labels: Labels): void {
  const name = bar.querySelector('.md-language')
  if (name) name.textContent = language || labels.code
  for (const action of [...VIEWS, ...ACTIONS]) {
    const element = bar.querySelector(`[data-action="${action}"]`)
    if (!element) continue
    element.setAttribute('title', labels[action])
    if (!element.hasAttribute('data-said')) element.textContent = labels[action]
  }
}

/** Puts the bar (language, wrap, download, copy) on a code block, or gives it its labels anew. */
export function addCodeBar(figure: Element, labels: Labels): void {
  let bar = figure.querySelector(':scope > .md-bar')
  if (!bar) {
    bar = document.createElement('div')
    bar.className = 'md-bar'
    const name = document.createElement('span')
    name.className = 'md-language'
    bar.append(name, ...ACTIONS.map(button))
    figure.prepend(bar)
  }
  bar.querySelector('.md-views')?.setAttribute('aria-label', labels.views)
  labelBar(bar, figure.getAttribute('data-language') ?? '', labels)
}

/** Gives a block that is whole the choice between its code and what it shows, where it shows something. */
export function offerPreview(figure: Element, labels: Labels): void {
  const language = figure.getAttribute('data-language') ?? ''
  const name = figure.querySelector(':scope > .md-bar > .md-language')
  if (!name || !PREVIEWED.has(language) || figure.querySelector(':scope > .md-bar > .md-views')) return
  const views = document.createElement('span')
  views.className = 'md-views'
  views.role = 'group'
  views.append(...VIEWS.map(button))
  name.after(views)
  pressView(figure, 'source')
  addCodeBar(figure, labels)
}

function pressView(figure: Element, shown: View): void {
  for (const view of VIEWS)
    figure.querySelector(`[data-action="${view}"]`)?.setAttribute('aria-pressed', String(view === shown))
}

function say(element: Element, text: string, labels: Labels): void {
  element.textContent = text
  element.setAttribute('data-said', '')
  setTimeout(() => {
    element.removeAttribute('data-said')
    element.textContent = labels.copy
  }, SHOWN_MS)
}

function download(text: string, language: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  link.download = fileNameFor(language)
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), SHOWN_MS)
}

/** Answers a click anywhere in an answer; true when it was on one of the code blocks' buttons. */
export async function onCodeClick(target: EventTarget | null, labels: Labels): Promise<boolean> {
  const element = target instanceof Element ? target.closest(':is(.md-bar, .md-preview-bar) [data-action]') : null
  const figure = element?.closest('.md-code')
  if (!element || !figure) return false
  const action = element.getAttribute('data-action') ?? ''
  if (OF_PREVIEWS.has(action)) {
    if (action === 'preview' || action === 'source') pressView(figure, action)
    // Whoever never looks at a preview never loads it.
    const { onPreview } = await import('./preview/panel')
    onPreview(figure, action, labels)
    return true
  }
  await onCodeAction(figure, element, action, labels)
  return true
}

async function onCodeAction(figure: Element, element: Element, action: string, labels: Labels): Promise<void> {
  const text = figure.querySelector('code')?.textContent ?? ''
  switch (action) {
    case 'copy':
      say(element, (await copyText(text)) ? labels.copied : labels.copyFailed, labels)
      break
    case 'download':
      download(text, figure.getAttribute('data-language') ?? '')
      break
    default:
      element.setAttribute('aria-pressed', String(figure.toggleAttribute('data-wrapped')))
  }
}
