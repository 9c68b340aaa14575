import type { Env, Token } from 'markdown-it'

import { codeHtml, isOpenFence, languageOf, parser, renderTokens } from './parser'

const LONG_PARAGRAPH = 3_000
const SPAN = 500

interface Done {
  /** No later text changes this block (but a reference that is defined below it). */
  done: boolean
}

/** A piece that is one element of HTML. */
export interface HtmlBlock extends Done {
  kind: 'html'
  html: string
}

/**
 * A list, a table or a very long paragraph, kept by rows (items, rows, spans of sentences) so that a new
 * one does not touch those before it.
 */
export interface RowsBlock extends Done {
  kind: 'list' | 'table' | 'paragraph'
  open: string
  rows: string[]
  close: string
}

export interface CodeBlock extends Done {
  kind: 'code'
  language: string
  text: string
  /** It ends with the text, and its end has not been said. */
  open: boolean
}

/** What lies beyond the limit, shown as it is. */
export interface PlainBlock extends Done {
  kind: 'plain'
  text: string
}

export type Block = HtmlBlock | RowsBlock | CodeBlock | PlainBlock

/** A block's HTML as the parser gives it, before it is sanitised. */
export function htmlOf(block: Block): string {
  switch (block.kind) {
    case 'html':
      return block.html
    case 'code':
      return codeHtml(block.language, block.text, block.open)
    case 'plain':
      return `<pre class="md-plain">${parser.utils.escapeHtml(block.text)}</pre>\n`
    default:
      return block.open + block.rows.join('') + block.close
  }
}

/** The tokens of each top-level block. */
export function groupsOf(tokens: readonly Token[]): Token[][] {
  const groups: Token[][] = []
  let group: Token[] = []
  for (const token of tokens) {
    group.push(token)
    if (token.level > 0 || token.nesting > 0) continue
    groups.push(group)
    group = []
  }
  return groups
}

function splitRows(group: readonly Token[], type: string, level: number): Token[][] {
  const rows: Token[][] = []
  for (const token of group) {
    if (token.type === `${type}_open` && token.level === level) rows.push([])
    rows.at(-1)?.push(token)
  }
  return rows
}

function listOf(group: Token[], env: Env, done: boolean): RowsBlock {
  const inner = group.slice(1, -1)
  const rows = splitRows(inner, 'list_item', 1).map((row) => renderTokens(row, env))
  const open = renderTokens(group.slice(0, 1), env)
  return { kind: 'list', open, rows, close: renderTokens(group.slice(-1), env), done }
}

function tableOf(group: Token[], env: Env, done: boolean): RowsBlock {
  const body = group.findIndex((token) => token.type === 'tbody_open')
  if (body < 0)
    return { kind: 'table', open: renderTokens(group.slice(0, -1), env), rows: [], close: '</table></div>\n', done }
  const rows = splitRows(group.slice(body + 1, -2), 'tr', 2).map((row) => renderTokens(row, env))
  const open = renderTokens(group.slice(0, body + 1), env)
  return { kind: 'table', open, rows, close: renderTokens(group.slice(-2), env), done }
}

/** Cuts inline tokens outside of every mark, always at the same places however the text goes on. */
function spansOf(children: readonly Token[]): Token[][] {
  const spans: Token[][] = []
  let length = Infinity
  for (const token of children) {
    if (length > SPAN && token.level === 0 && token.nesting >= 0) {
      spans.push([])
      length = 0
    }
    spans.at(-1)?.push(token)
    length += token.content.length
  }
  return spans
}

function paragraphOf(group: Token[], env: Env, done: boolean): RowsBlock {
  const spans = spansOf(group[1]?.children ?? [])
  const rows = spans.map((span) => `<span>${parser.renderer.renderInline(span, parser.options, env)}</span>`)
  return {
    kind: 'paragraph',
    open: renderTokens(group.slice(0, 1), env),
    rows,
    close: renderTokens(group.slice(-1), env),
    done,
  }
}

export function blockOf(group: Token[], env: Env, done: boolean): Block {
  const [first] = group
  switch (first?.type) {
    case 'fence':
    case 'code_block':
      return { kind: 'code', language: languageOf(first.info), text: first.content, open: isOpenFence(first), done }
    case 'bullet_list_open':
    case 'ordered_list_open':
      return listOf(group, env, done)
    case 'table_open':
      return tableOf(group, env, done)
    case 'paragraph_open':
      if ((group[1]?.content.length ?? 0) > LONG_PARAGRAPH) return paragraphOf(group, env, done)
      return { kind: 'html', html: renderTokens(group, env), done }
    default:
      return { kind: 'html', html: renderTokens(group, env), done }
  }
}

export function parseBlocks(source: string, env: Env): Block[] {
  return groupsOf(parser.parse(source, env)).map((group) => blockOf(group, env, true))
}
