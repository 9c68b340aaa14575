import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it'

import { isUnfinished, UNFINISHED_MATH } from './partial'

interface Delimiters {
  open: string
  close: string
}

const DISPLAY: readonly Delimiters[] = [
  { open: '$$', close: '$$' },
  { open: '\\[', close: '\\]' },
]
const PAREN: Delimiters = { open: '\\(', close: '\\)' }
/** ASCII only: in Chinese or Thai a formula stands between letters without a space. */
const WORD = /[0-9A-Za-z]/
const OPERATOR = /[\\^_={}<>+*|]/
/** `$3$`, `$2x$`, `$1{,}000$`: what may stand alone between dollars when it begins with a digit. */
const BARE_NUMBER = /^[\d.,]+[a-zA-Z]?$/
const LONGEST_INLINE = 2_000

/** Where `close` next stands at or after a position; asked many times over one text, searched once. */
const searches = new WeakMap<StateInline, Map<string, { from: number; at: number }>>()

function findClose(state: StateInline, close: string, from: number): number {
  let known = searches.get(state)
  if (!known) searches.set(state, (known = new Map()))
  const before = known.get(close)
  if (before && before.from <= from && (before.at < 0 || before.at >= from)) return before.at
  const at = close === '$' ? findDollar(state.src, from) : state.src.indexOf(close, from)
  known.set(close, { from, at })
  return at
}

/** A dollar that may close: text before it, and no digit or letter after it. */
function findDollar(source: string, from: number): number {
  for (let at = source.indexOf('$', from); at >= 0; at = source.indexOf('$', at + 1)) {
    if (/[\s\\$]/.test(source.charAt(at - 1)) || source.charAt(at + 1) === '$') continue
    if (!WORD.test(source.charAt(at + 1))) return at
  }
  return -1
}

/** `$5 and $6` is money: a formula that begins with a digit has to look like one. */
function isFormula(tex: string): boolean {
  if (/`|(?:^|[^\\])\$/.test(tex)) return false
  if (!/^[\d.,]/.test(tex)) return true
  return BARE_NUMBER.test(tex) || OPERATOR.test(tex)
}

function push(state: StateInline, tex: string, display: boolean): void {
  const token = state.push(display ? 'math_display' : 'math_inline', 'span', 0)
  token.content = tex
}

function dollar(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state
  if (src.charAt(pos) !== '$') return false
  if (src.charAt(pos + 1) === '$') return delimited(state, silent, { open: '$$', close: '$$' }, true)
  if (/[\s$]/.test(src.charAt(pos + 1)) || /[0-9A-Za-z$\\]/.test(src.charAt(pos - 1))) return false
  const at = findClose(state, '$', pos + 1)
  if (at < 0 || at >= state.posMax || at === pos + 1 || at - pos > LONGEST_INLINE) return false
  const tex = src.slice(pos + 1, at)
  if (!isFormula(tex)) return false
  if (!silent) push(state, tex, false)
  state.pos = at + 1
  return true
}

function delimited(state: StateInline, silent: boolean, marks: Delimiters, display: boolean): boolean {
  const start = state.pos + marks.open.length
  const at = findClose(state, marks.close, start)
  if (at < 0 || at + marks.close.length > state.posMax) return false
  const tex = state.src.slice(start, at)
  if (!tex.trim()) return false
  if (!silent) push(state, tex.trim(), display)
  state.pos = at + marks.close.length
  return true
}

function bracket(state: StateInline, silent: boolean): boolean {
  const two = state.src.substring(state.pos, state.pos + 2)
  if (two === PAREN.open) return delimited(state, silent, PAREN, false)
  if (two === '\\[') return delimited(state, silent, { open: '\\[', close: '\\]' }, true)
  return false
}

function lineAt(state: StateBlock, line: number): string {
  return state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]).trimEnd()
}

interface Span {
  /** Line after the formula. */
  next: number
  tex: string
  closed: boolean
}

/** Where the lines behind one stop being a formula; `closes`: with the mark that ends it. */
interface Stop {
  from: number
  line: number
  closes: boolean
}

const stops = new WeakMap<StateBlock, Map<string, Stop>>()

/** Looked for once for all lines in between: many formulas that nothing closes would each look through all that follows. */
function stopAfter(state: StateBlock, start: number, end: number, close: string): Stop {
  let known = stops.get(state)
  if (!known) stops.set(state, (known = new Map()))
  const place = `${close} ${end} ${state.blkIndent}`
  const before = known.get(place)
  if (before && before.from <= start && start < before.line) return before
  const found = { from: start, line: start + 1, closes: false }
  known.set(place, found)
  for (; found.line < end; found.line++) {
    if (state.isEmpty(found.line) || (state.sCount[found.line] ?? 0) < state.blkIndent) return found
    found.closes = lineAt(state, found.line).includes(close)
    if (found.closes) return found
  }
  return found
}

/** The formula that begins on `start`; a blank line inside means there is none, as TeX has it. */
function spanOf(state: StateBlock, start: number, end: number, marks: Delimiters): Span | null {
  const first = lineAt(state, start).slice(marks.open.length)
  const isShort = first.includes(marks.close)
  const stop = isShort ? { line: start, closes: true } : stopAfter(state, start, end, marks.close)
  if (!stop.closes) {
    const after = state.src.slice(state.eMarks[end - 1])
    return stop.line === end && (after === '' || after === '\n') ? { next: end, tex: '', closed: false } : null
  }
  const lines = [first]
  for (let line = start + 1; line <= stop.line; line++) lines.push(lineAt(state, line))
  const text = lines.join('\n')
  const at = text.indexOf(marks.close)
  if (at !== text.length - marks.close.length) return null
  return { next: stop.line + 1, tex: text.slice(0, at), closed: true }
}

function block(state: StateBlock, start: number, end: number, silent: boolean): boolean {
  if ((state.sCount[start] ?? 0) - state.blkIndent >= 4) return false
  const marks = DISPLAY.find(({ open }) => lineAt(state, start).startsWith(open))
  if (!marks) return false
  const span = spanOf(state, start, end, marks)
  if (!span || (span.closed && !span.tex.trim()) || (!span.closed && !isUnfinished(state.env))) return false
  if (silent) return true
  const token = state.push(span.closed ? 'math_block' : UNFINISHED_MATH, 'div', 0)
  token.block = true
  token.content = span.tex.trim()
  token.map = [start, span.next]
  state.line = span.next
  return true
}

/**
 * Formulas: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`. They come out as their TeX source in a marked element,
 * which is readable as it is and is typeset later, when KaTeX has arrived.
 */
export function useMath(md: MarkdownIt): void {
  const escape = md.utils.escapeHtml
  md.inline.ruler.before('escape', 'math_bracket', bracket)
  md.inline.ruler.before('escape', 'math_dollar', dollar)
  md.block.ruler.before('fence', 'math_block', block, { alt: ['paragraph', 'reference', 'blockquote', 'list'] })
  md.renderer.rules['math_inline'] = (tokens, i) => `<span class="md-math">${escape(tokens[i]?.content ?? '')}</span>`
  md.renderer.rules['math_display'] = (tokens, i) =>
    `<span class="md-math md-math-display">${escape(tokens[i]?.content ?? '')}</span>`
  md.renderer.rules['math_block'] = (tokens, i) =>
    `<div class="md-math md-math-display">${escape(tokens[i]?.content ?? '')}</div>\n`
}
