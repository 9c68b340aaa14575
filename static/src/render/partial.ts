import type { Env, MarkdownIt, StateInline } from 'markdown-it'

import { isBesideCjk } from './cjk'

/** The token of a formula whose end has not arrived. */
export const UNFINISHED_MATH = 'math_unfinished'

const unfinished = Symbol('unfinished')

/** Says that the text being parsed may go on, so that half-typed marks are to be closed or hidden. */
export function markUnfinished(env: Env, value: boolean): Env {
  env[unfinished] = value
  return env
}

export function isUnfinished(env: Env): boolean {
  return env[unfinished] === true
}

const CONTAINER = /^(?:[ \t]*>)*[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*/
const UNDECIDED = [
  // Only marks: a rule, a heading, a list's bullet, an underline, a fence's end or a table's edge in the making.
  /^[-=*_+~`#>|:.\s]*$/,
  // A number that may become a list's marker.
  /^\d{1,9}[.)]?$/,
  // A task's box.
  /^\[[ xX]?\]?$/,
  // A fence whose language is still being typed.
  /^(?:`{3,}[^`]*|~{3,}.*)$/,
]
const TABLE_RULE = /^[|:\-\s]+$/
const FENCE = /^(?:[ \t]*>)*[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})(.*)$/

/** Whether the end of these lines lies in fenced code. */
function endsInFence(lines: readonly string[]): boolean {
  let fence = ''
  for (const line of lines) {
    const [, marks, rest] = FENCE.exec(line) ?? []
    if (!marks) continue
    if (!fence) fence = marks
    else if (marks.startsWith(fence) && !rest?.trim()) fence = ''
  }
  return fence !== ''
}

function isRow(line: string | undefined): boolean {
  return line?.trimStart().startsWith('|') ?? false
}

/** How many of the last lines are a table's head that waits for its rule. */
function headlessTable(lines: readonly string[], lastIsOpen: boolean): number {
  let rows = 0
  while (rows < 3 && isRow(lines[lines.length - 1 - rows])) rows++
  if (rows === 1) return 1
  if (rows === 2 && lastIsOpen && TABLE_RULE.test(lines.at(-1) ?? '')) return 2
  return 0
}

/**
 * Leaves out the lines at the end whose meaning is not decided yet. A paragraph would else turn into
 * a heading when a list begins below it (`-` may be an underline), and a table's head would show its bars.
 */
export function withoutUndecidedLines(source: string): string {
  const lines = source.split('\n')
  const isOpen = lines.at(-1) !== ''
  if (!isOpen) lines.pop()
  const inFence = endsInFence(isOpen ? lines.slice(0, -1) : lines)
  let drop = 0
  if (isOpen) {
    const last = (lines.at(-1) ?? '').replace(CONTAINER, '')
    if (UNDECIDED.some((pattern) => pattern.test(last))) drop = 1
  }
  if (!inFence) drop = Math.max(drop, headlessTable(lines, isOpen))
  if (drop === 0) return source
  const kept = lines.slice(0, -drop)
  return kept.length ? `${kept.join('\n')}\n` : ''
}

const MARKS = '*_~`\\$<['

/** Cuts marks off the end of a line that goes on: with the next character they may mean something else. */
function withoutTrailingMarks(content: string): string {
  let end = content.length
  while (end > 0 && MARKS.includes(content.charAt(end - 1))) {
    end -= content.charAt(end - 1) === '[' && content.charAt(end - 2) === '!' ? 2 : 1
  }
  const tag = /<(?:br?\s*\/?)$/i.exec(content.slice(Math.max(0, end - 8), end))
  return content.slice(0, tag ? end - tag[0].length : end).trimEnd()
}

/** `` `co `` is code already: the closing mark will come. */
function openCode(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state
  if (src.charAt(pos) !== '`' || !isUnfinished(state.env) || state.posMax !== src.length) return false
  let start = pos
  while (src.charAt(start) === '`') start++
  const run = src.slice(pos, start)
  for (let at = src.indexOf(run, start); at >= 0; at = src.indexOf(run, at)) {
    const from = at
    while (src.charAt(at) === '`') at++
    if (at - from === run.length) return false
  }
  if (!silent) {
    const token = state.push('code_inline', 'code', 0)
    token.markup = run
    token.content = src.slice(start).replace(/\n/g, ' ').trimStart()
  }
  state.pos = state.posMax
  return true
}

/** After a label's end: an address (and title) that is still being typed, and nothing else. */
const OPEN_ADDRESS = /^\(\s*<?\S*(?:\s+(?:"[^"]*|'[^']*|\([^)]*)?)?$/
const LONGEST_ADDRESS = 2_000
/** `list[0` is no link. */
const WORD_BEFORE = /[\p{L}\p{N}_)\]]/u

/** Where a label ends whose link is still being typed; the text's end when its bracket is still missing. */
function endOfOpenLabel(state: StateInline, start: number): number {
  const { src, posMax } = state
  const end = state.md.helpers.parseLinkLabel(state, start, true)
  if (end < 0) return src.indexOf(']', start) < 0 ? posMax : -1
  if (end === posMax - 1) return end
  const rest = posMax - end < LONGEST_ADDRESS ? src.slice(end + 1) : ''
  return OPEN_ADDRESS.test(rest) ? end : -1
}

/** `[text](https://exa` shows its text, without an address until the whole of it is there. */
function openLink(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state
  const start = src.charAt(pos) === '!' ? pos + 1 : pos
  if (silent || src.charAt(start) !== '[' || !isUnfinished(state.env) || posMax !== src.length) return false
  if (start === pos && WORD_BEFORE.test(src.charAt(pos - 1))) return false
  const end = endOfOpenLabel(state, start)
  if (end < 0) return false
  state.pos = start + 1
  if (end === posMax) return true
  state.posMax = end
  state.md.inline.tokenize(state)
  state.pos = state.posMax = posMax
  return true
}

const OPEN_DOLLAR = /^\$(?:\\[a-zA-Z]|[a-zA-Z](?![a-zA-Z])|[({|])[^$`]{0,200}$/
const OPEN_DISPLAY = /^(?:\$\$|\\\[|\\\()[^$`]{0,1000}$/

/** A formula appears when it is whole; until then its source, which means little to a reader, is not shown. */
function openMath(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state
  const char = src.charAt(pos)
  if (silent || (char !== '$' && char !== '\\') || !isUnfinished(state.env) || posMax !== src.length) return false
  const rest = posMax - pos < LONGEST_ADDRESS ? src.slice(pos) : ''
  const isDollar = OPEN_DOLLAR.test(rest) && !/[0-9A-Za-z$\\]/.test(src.charAt(pos - 1))
  if (!isDollar && !OPEN_DISPLAY.test(rest)) return false
  state.push('math_waiting', 'span', 0)
  state.pos = posMax
  return true
}

/**
 * Gives every emphasis that was opened and not closed an end, so that `**bo` is bold from its first letter. Inside
 * a word (`2**3`) marks that might as well close are none; where words stand without spaces they are.
 */
function closeEmphasis(state: StateInline): void {
  if (!isUnfinished(state.env)) return
  const { delimiters } = state
  for (let i = delimiters.length - 1; i >= 0; i--) {
    const opener = delimiters[i]
    if (!opener?.open || opener.end >= 0 || (opener.close && !isBesideCjk(state, opener.token))) continue
    state.push('text', '', 0)
    opener.end = delimiters.length
    const { marker } = opener
    delimiters.push({ marker, length: 0, token: state.tokens.length - 1, end: -1, open: false, close: true })
  }
}

/** The last inline text of a document, the only one whose marks may still be open. */
export function usePartial(md: MarkdownIt): void {
  md.core.ruler.at('inline', (state) => {
    const goesOn = isUnfinished(state.env)
    const leaf = state.tokens.findLast(({ type, nesting, content }) => nesting === 0 && (type !== 'inline' || content))
    for (const token of state.tokens) {
      if (token.type !== 'inline') continue
      const isOpen = goesOn && token === leaf
      markUnfinished(state.env, isOpen)
      const content = isOpen ? withoutTrailingMarks(token.content) : token.content
      md.inline.parse(content, md, state.env, (token.children ??= []))
    }
    markUnfinished(state.env, goesOn)
  })
  md.inline.ruler.before('backticks', 'open_code', openCode)
  md.inline.ruler.after('image', 'open_link', openLink)
  md.inline.ruler.before('escape', 'open_math', openMath)
  md.inline.ruler2.after('balance_pairs', 'close_emphasis', closeEmphasis)
  const waiting = '<span class="md-waiting" aria-hidden="true"></span>'
  md.renderer.rules['math_waiting'] = () => waiting
  md.renderer.rules[UNFINISHED_MATH] = () => `<div class="md-math-display">${waiting}</div>\n`
}
