/** `{{blanks}}` in a text, to be filled in one after the other. Pure. */
export interface Span {
  start: number
  end: number
}

const VARIABLE = /\{\{[^{}\n]+\}\}/gu

function variables(text: string): Span[] {
  return [...text.matchAll(VARIABLE)].map((found) => ({ start: found.index, end: found.index + found[0].length }))
}

/** The next one behind the selection, or before it; none where that was the last. */
export function nextVariable(text: string, selection: Span, backwards = false): Span | undefined {
  const all = variables(text)
  return backwards ? all.findLast(({ end }) => end <= selection.start) : all.find(({ start }) => start >= selection.end)
}

export function namesOf(text: string): string[] {
  return [...new Set(variables(text).map(({ start, end }) => text.slice(start + 2, end - 2).trim()))]
}
