import type { MarkdownIt, StateInline } from 'markdown-it'

const NUMBERS = String.raw`\[(\d{1,2}(?:\s*[,;]\s*\d{1,2})*)\]`
/** No link and no definition; another citation may follow. */
const CITATION = new RegExp(`${NUMBERS}(?![(:]|\\[(?!\\d{1,2}[\\],;\\s]))`, 'y')

/** `[2]`, `[1, 3]` and `[1][3]`: a span for each number, the text unchanged. What it points to, the page knows. */
function citation(state: StateInline, silent: boolean): boolean {
  CITATION.lastIndex = state.pos
  const found = state.src.charAt(state.pos) === '[' ? CITATION.exec(state.src) : null
  const inner = found?.[1]
  if (!found || inner === undefined || inner in (state.env.references ?? {})) return false
  if (!silent) state.push('citation', 'span', 0).content = inner
  state.pos = CITATION.lastIndex
  return true
}

export function useCitations(md: MarkdownIt): void {
  md.inline.ruler.before('link', 'citation', citation)
  md.renderer.rules['citation'] = (tokens, index) =>
    `[${(tokens[index]?.content ?? '').replaceAll(/\d+/g, '<span class="md-cite">$&</span>')}]`
}

/** Makes the numbers up to `count` in `root` something to press, and others text. */
export function linkCitations(root: Element, count: number): void {
  for (const element of root.getElementsByClassName('md-cite')) {
    const isSource = citedBy(element, count) !== null
    element.classList.toggle('md-cited', isSource)
    if (isSource) {
      element.setAttribute('role', 'button')
      element.setAttribute('tabindex', '0')
    } else {
      element.removeAttribute('role')
      element.removeAttribute('tabindex')
    }
  }
}

/** The source that an element's number names; null where there is none. */
export function citedBy(target: EventTarget | null, count: number): number | null {
  const element = target instanceof Element ? target.closest('.md-cite') : null
  const number = element ? Number(element.textContent) : 0
  return number >= 1 && number <= count ? number : null
}
