import type { Env, Token } from 'markdown-it'

import { type Block, blockOf, groupsOf, parseBlocks } from './blocks'
import { CUT_SEARCH, MAX_MARKDOWN } from './limits'
import { languageOf, parser } from './parser'
import { markUnfinished, withoutUndecidedLines } from './partial'

/** Fenced code at the end of the text that has not been closed. Its text only grows, so nothing is parsed. */
interface OpenFence {
  before: Block[]
  language: string
  /** Offset of the first character of code. */
  from: number
  /** Offset of the first line that may still be the closing one. */
  unchecked: number
  closing: RegExp
}

/** The beginning of a line that can only be a new paragraph, however it goes on. */
const WORDS = /^(?:\*\*)?\p{L}/u
const EDGE = /^ {0,3}(`{3,}|~{3,})/
const MAYBE_CLOSING = /^ {0,3}(?:`+|~+)[ \t]*$/

function normalise(source: string): string {
  const text = source.includes('\r') ? source.replace(/\r\n?/g, '\n') : source
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text
}

/** Where a text too long for Markdown is cut; the same place however much has arrived after it. */
function cutOf(text: string): number {
  const line = text.lastIndexOf('\n', MAX_MARKDOWN)
  if (line > MAX_MARKDOWN - CUT_SEARCH) return line + 1
  const code = text.charCodeAt(MAX_MARKDOWN)
  return code >= 0xdc00 && code <= 0xdfff ? MAX_MARKDOWN - 1 : MAX_MARKDOWN
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/**
 * The last line at which the text can be cut in two that parse on their own. A block is settled when
 * another has begun after it: with words or on a whole line, and after a blank line or with a third block
 * behind it (without a blank line between them the second may still turn out to be the first's next line).
 */
function settledLine(groups: readonly Token[][], text: string, starts: readonly number[]): number {
  const beginnings = groups.map(([first]) => first?.map?.[0] ?? 0)
  const isWhole = (line: number | undefined) => line !== undefined && line + 1 < starts.length
  for (let i = beginnings.length - 1; i >= 0; i--) {
    const line = beginnings[i] ?? 0
    if (line === 0) return 0
    const start = starts[line] ?? 0
    const isAlone = text.slice(starts[line - 1], start - 1).trim() === ''
    if (isAlone && WORDS.test(text.slice(start, start + 4))) return line
    if (isWhole(line) && (isAlone || isWhole(beginnings[i + 1]))) return line
  }
  return 0
}

/** One answer's Markdown as it grows: what is settled is parsed once, only the rest again. */
export class MarkdownDocument {
  private settled: Block[] = []
  private settledEnd = 0
  private references: Record<string, { href: string; title: string }> = {}
  private seen = ''
  private fence: OpenFence | null = null
  private lastLine = 0
  private capped: Block[] | null = null

  /** All blocks of the text so far. Blocks that did not change may be the same objects as before. */
  update(source: string, streaming: boolean): readonly Block[] {
    const text = normalise(source)
    if (!text.startsWith(this.seen)) this.reset()
    this.seen = text
    if (text.length > MAX_MARKDOWN) return this.updateCapped(text, streaming)
    if (!streaming) return parseBlocks(text, {})
    return this.growFence(text) ?? this.grow(text)
  }

  private reset(): void {
    this.settled = []
    this.settledEnd = 0
    this.references = {}
    this.fence = null
    this.lastLine = 0
    this.capped = null
  }

  private updateCapped(text: string, streaming: boolean): readonly Block[] {
    const cut = cutOf(text)
    this.capped ??= parseBlocks(text.slice(0, cut), {})
    return [...this.capped, { kind: 'plain', text: text.slice(cut), done: !streaming }]
  }

  private grow(text: string): Block[] {
    this.settle(text)
    const tail = text.slice(this.settledEnd)
    const env = this.environment(true)
    const visible = withoutUndecidedLines(tail)
    const groups = groupsOf(parser.parse(visible, env))
    const blocks = groups.map((group) => blockOf(group, env, false))
    this.fence = this.openFence(groups.at(-1), tail, [...this.settled, ...blocks.slice(0, -1)])
    return [...this.settled, ...blocks]
  }

  /** Moves blocks that no later text can change out of the tail. */
  private settle(text: string): void {
    const line = text.lastIndexOf('\n')
    if (line === this.lastLine || line < this.settledEnd) return
    this.lastLine = line
    const tail = text.slice(this.settledEnd)
    const tokens: Token[] = []
    parser.block.parse(tail, parser, this.environment(true), tokens)
    const starts = lineStarts(tail)
    const visible = tokens.filter((token) => token.type !== 'reference_definition')
    const end = starts[settledLine(groupsOf(visible), tail, starts)] ?? 0
    if (end === 0) return
    const env: Env = { references: this.references }
    this.settled.push(...parseBlocks(tail.slice(0, end), env))
    this.settledEnd += end
  }

  /** References found in the tail are not kept: an address at the very end may be half of one. */
  private environment(unfinished: boolean): Env {
    return markUnfinished({ references: Object.create(this.references) as Env['references'] }, unfinished)
  }

  private openFence(group: Token[] | undefined, tail: string, before: Block[]): OpenFence | null {
    const token = group?.[0]
    if (token?.type !== 'fence' || !token.map) return null
    const starts = lineStarts(tail)
    const [first, end] = token.map
    const marks = EDGE.exec(tail.slice(starts[first]))?.[1]
    const from = starts[first + 1]
    if (!marks || from === undefined || !tail.startsWith(marks, starts[first])) return null
    const closing = new RegExp(`^ {0,3}${marks.charAt(0)}{${marks.length},}[ \\t]*$`, 'm')
    if (end - first > 1 && closing.test(tail.slice(from))) return null
    const offset = this.settledEnd + from
    return { before, language: languageOf(token.info), from: offset, unchecked: offset, closing }
  }

  private growFence(text: string): Block[] | null {
    const { fence } = this
    if (!fence) return null
    if (fence.closing.test(text.slice(fence.unchecked))) {
      this.fence = null
      return null
    }
    fence.unchecked = Math.max(fence.unchecked, text.lastIndexOf('\n') + 1)
    const last = text.slice(fence.unchecked)
    const code = text.slice(fence.from, MAYBE_CLOSING.test(last) ? fence.unchecked : text.length)
    return [...fence.before, { kind: 'code', language: fence.language, text: code, open: true, done: false }]
  }
}
