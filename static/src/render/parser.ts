import createParser from 'markdown-it'
import type { Env, MarkdownIt, StateInline, Token } from 'markdown-it'

import { useCitations } from './citations'
import { useCjkEmphasis } from './cjk'
import { useLinks } from './links'
import { useMath } from './math'
import { usePartial } from './partial'

const TASK = /^\[([ xX])\](?:[ \t]+|$)/
const BREAK = /<br\s*\/?>/iy

/** `<br>` is the one tag that models write where Markdown has no mark for it: inside table cells. */
function lineBreak(state: StateInline, silent: boolean): boolean {
  BREAK.lastIndex = state.pos
  if (state.src.charAt(state.pos) !== '<' || !BREAK.test(state.src)) return false
  if (!silent) state.push('hardbreak', 'br', 0)
  state.pos = BREAK.lastIndex
  return true
}

function isFirstOfItem(tokens: readonly Token[], index: number): boolean {
  return tokens[index - 1]?.type === 'paragraph_open' && tokens[index - 2]?.type === 'list_item_open'
}

/** The mark is a character: it is read aloud, copied and selected like the rest of the line. */
function useTasks(md: MarkdownIt): void {
  md.core.ruler.before('inline', 'tasks', ({ tokens }) => {
    tokens.forEach((token, index) => {
      const task = token.type === 'inline' && isFirstOfItem(tokens, index) ? TASK.exec(token.content) : null
      if (!task) return
      token.content = token.content.slice(task[0].length)
      tokens[index - 2]?.attrSet('class', task[1] === ' ' ? 'md-task' : 'md-task md-done')
    })
  })
  md.renderer.rules['list_item_open'] = (tokens, index, options, _env, self) => {
    const open = self.renderToken(tokens, index, options)
    const name = String(tokens[index]?.attrGet('class') ?? '')
    if (!name.startsWith('md-task')) return open
    return `${open.trimEnd()}<span class="md-mark">${name.endsWith('md-done') ? '☑' : '☐'}</span> `
  }
}

const OWN_DIRECTION = new Set(['paragraph_open', 'heading_open', 'bullet_list_open', 'ordered_list_open', 'table_open'])

/** Every paragraph, list and table takes the direction of its own text; lists and tables as a whole. */
function useDirection(md: MarkdownIt): void {
  md.core.ruler.push('direction', ({ tokens }) => {
    let depth = 0
    for (const token of tokens) {
      const isWhole = /^(?:bullet_list|ordered_list|table)_/.test(token.type)
      if (depth === 0 && OWN_DIRECTION.has(token.type)) token.attrSet('dir', 'auto')
      if (isWhole) depth += token.nesting
    }
  })
}

function useTables(md: MarkdownIt): void {
  md.core.ruler.push('alignment', ({ tokens }) => {
    for (const token of tokens) {
      const align = /^text-align:(\w+)$/.exec(String(token.attrGet('style') ?? ''))?.[1]
      if (align) token.attrs = [['class', `md-${align}`]]
    }
  })
  md.renderer.rules['table_open'] = (tokens, index, options, _env, self) =>
    `<div class="md-table" tabindex="0">${self.renderToken(tokens, index, options)}`
  md.renderer.rules['table_close'] = () => '</table></div>\n'
}

/** The word after a fence's marks, cleaned: it becomes an attribute and a file's ending. */
export function languageOf(info: string): string {
  return (/^[\w+#.-]{1,30}/.exec(info.trim())?.[0] ?? '').toLowerCase()
}

/** What stands before a line of code, and before one in a list or a quotation. */
const BEFORE_LINE = /^ {0,3}/
const BEFORE_INNER_LINE = /^[\s>]*/

/** Marks fences that end with the text, or with what they stand in, and not with their own closing line. */
function useOpenFences(md: MarkdownIt): void {
  md.core.ruler.push('open_fence', (state) => {
    const fences = state.tokens.filter((token) => token.type === 'fence')
    const lines = fences.length > 0 ? state.src.split('\n') : []
    for (const token of fences) {
      const [begin, end] = token.map ?? [0, 0]
      const last = (lines[end - 1] ?? '').replace(token.level === 0 ? BEFORE_LINE : BEFORE_INNER_LINE, '').trimEnd()
      const closes = last.length >= token.markup.length && last === token.markup.charAt(0).repeat(last.length)
      if (end - begin < 2 || !closes) token.meta = { open: true }
    }
  })
}

export function isOpenFence(token: Token | undefined): boolean {
  return (token?.meta as { open?: boolean } | null | undefined)?.open === true
}

/** `open`: its end has not been said. */
export function codeHtml(language: string, text: string, open: boolean): string {
  const escape = parser.utils.escapeHtml
  const code = `<pre tabindex="0"><code>${escape(text)}</code></pre>`
  return `<figure class="md-code${open ? ' md-open' : ''}" data-language="${escape(language)}">${code}</figure>\n`
}

function renderCode(tokens: Token[], index: number): string {
  return codeHtml(languageOf(tokens[index]?.info ?? ''), tokens[index]?.content ?? '', isOpenFence(tokens[index]))
}

function makeParser(): MarkdownIt {
  const md = createParser({ html: false, linkify: true, breaks: true, maxNesting: 40 })
  md.inline.ruler.before('html_inline', 'line_break', lineBreak)
  useCjkEmphasis(md)
  useCitations(md)
  useLinks(md)
  useMath(md)
  usePartial(md)
  useTasks(md)
  useDirection(md)
  useTables(md)
  useOpenFences(md)
  md.renderer.rules['fence'] = renderCode
  md.renderer.rules['code_block'] = renderCode
  return md
}

/** One for the whole page: it keeps nothing between two texts. Raw HTML in the source stays text. */
export const parser: MarkdownIt = makeParser()

export function renderTokens(tokens: Token[], env: Env): string {
  return parser.renderer.render(tokens, parser.options, env)
}
