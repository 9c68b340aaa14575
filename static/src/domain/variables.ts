/** `{{blanks}}` in a text, to be filled in one after the other. Pure. */
export interface Span {
  start: number
  end: number
}

/** A blank that is being filled in: what stands before and behind it. */
export interface Filling {
  name: string
  before: string
  behind: string
}

const VARIABLE = /\{\{[^{}\n]+\}\}/gu

function variables(text: string): Span[] {
  return [...text.matchAll(VARIABLE)].map((found) => ({ start: found.index, end: found.index + found[0].length }))
}

function nameOf(variable: string): string {
  return variable.slice(2, -2).trim()
}

/** The next one behind the selection, or before it; none where that was the last. */
export function nextVariable(text: string, selection: Span, backwards = false): Span | undefined {
  const all = variables(text)
  return backwards ? all.findLast(({ end }) => end <= selection.start) : all.find(({ start }) => start >= selection.end)
}

export function namesOf(text: string): string[] {
  return [...new Set(variables(text).map(({ start, end }) => nameOf(text.slice(start, end))))]
}

/** The blank that is selected whole, and so gives way to what is typed. */
export function fillingOf(text: string, { start, end }: Span): Filling | null {
  const found = variables(text).find((one) => one.start === start && one.end === end)
  return found ? { name: nameOf(text.slice(start, end)), before: text.slice(0, start), behind: text.slice(end) } : null
}

/** Whether the selection is still where the blank was. */
export function isWithin(text: string, { before, behind }: Filling, { start, end }: Span): boolean {
  return start >= before.length && end <= text.length - behind.length
}

/** The text with every other blank of that name filled in alike, and by how much what stood before has grown; null where nothing is to do. */
export function filledAlike(text: string, { name, before, behind }: Filling): { text: string; moved: number } | null {
  if (!text.startsWith(before) || !text.endsWith(behind) || text.length < before.length + behind.length) return null
  const value = text.slice(before.length, text.length - behind.length)
  if (value.trim() === '' || namesOf(value).length > 0) return null
  const alike = (part: string): string =>
    part.replace(VARIABLE, (variable) => (nameOf(variable) === name ? value : variable))
  const begin = alike(before)
  const filled = begin + value + alike(behind)
  return filled === text ? null : { text: filled, moved: begin.length - before.length }
}
