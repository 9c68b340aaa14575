import { fileNameFor } from './languages'
import type { Labels } from './messages'

const SHOWN_MS = 2_000

type Action = 'copy' | 'wrap' | 'download'
const ACTIONS: readonly Action[] = ['wrap', 'download', 'copy']

function button(action: Action): HTMLButtonElement {
  const element = document.createElement('button')
  element.type = 'button'
  element.dataset['action'] = action
  if (action === 'wrap') element.setAttribute('aria-pressed', 'false')
  return element
}

function labelBar(bar: Element, language: string, labels: Labels): void {
  const name = bar.querySelector('.md-language')
  if (name) name.textContent = language || labels.code
  for (const action of ACTIONS) {
    const element = bar.querySelector(`[data-action="${action}"]`)
    if (!element) continue
    element.setAttribute('title', labels[action])
    if (!element.hasAttribute('data-said')) element.textContent = labels[action]
  }
}

/** Puts the bar (language, wrap, download, copy) on a code block, or gives it its labels anew. */
export function dressCode(figure: Element, labels: Labels): void {
  let bar = figure.querySelector(':scope > .md-bar')
  if (!bar) {
    bar = document.createElement('div')
    bar.className = 'md-bar'
    const name = document.createElement('span')
    name.className = 'md-language'
    bar.append(name, ...ACTIONS.map(button))
    figure.prepend(bar)
  }
  labelBar(bar, figure.getAttribute('data-language') ?? '', labels)
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'md-clipboard'
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  return done
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // No clipboard without HTTPS, or no permission: the old way works from a click.
    return copyBySelection(text)
  }
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
  const element = target instanceof Element ? target.closest('.md-bar [data-action]') : null
  const figure = element?.closest('.md-code')
  if (!element || !figure) return false
  const text = figure.querySelector('code')?.textContent ?? ''
  switch (element.getAttribute('data-action')) {
    case 'copy':
      say(element, (await copy(text)) ? labels.copied : labels.copyFailed, labels)
      break
    case 'download':
      download(text, figure.getAttribute('data-language') ?? '')
      break
    default:
      element.setAttribute('aria-pressed', String(figure.toggleAttribute('data-wrapped')))
  }
  return true
}
