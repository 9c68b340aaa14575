/** Calls of tools, as an answer's parts hold them. Pure. */
import type {
  AttachmentPart,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  WaitingCall,
} from '@/protocol/types.gen'

import { isHash } from './attachments'
import { objectIn } from './json'
import { withoutHidden } from './visible'

export interface Call {
  readonly call: ToolCallPart
  /** Null: it runs, waits for a person, or was cut short. */
  readonly result: ToolResultPart | null
}

export type Block =
  | { readonly kind: 'part'; readonly part: Said; readonly index: number }
  | { readonly kind: 'calls'; readonly calls: readonly Call[]; readonly index: number }

/**
 * The parts in their order, calls with no words between them as one block. `index`: of its first part. `without`:
 * calls that are left out while they have no result.
 */
export function blocksOf(parts: readonly Part[], without: readonly WaitingCall[] = []): Block[] {
  const waiting = new Set(without.map((call) => call.id))
  const results = resultsOf(parts)
  const blocks: Block[] = []
  let open: Call[] | null = null
  for (const [index, part] of parts.entries()) {
    if (part.type === 'tool_call' || part.type === 'tool_result') {
      const call = callAt(part, results)
      if (!call || (call.result === null && waiting.has(part.id))) continue
      if (!open) blocks.push({ kind: 'calls', calls: (open = []), index })
      open.push(call)
    } else if (says(part)) {
      open = null
      blocks.push({ kind: 'part', part, index })
    }
  }
  return blocks
}

type Said = TextPart | ReasoningPart | AttachmentPart

/** Parts of later versions say nothing to this page. */
function says(part: Part): part is Said {
  if (part.type === 'text' || part.type === 'reasoning') return part.text !== ''
  return part.type === 'image' || part.type === 'file'
}

function callAt(part: ToolCallPart | ToolResultPart, results: ReadonlyMap<Part, ToolResultPart | null>): Call | null {
  if (part.type === 'tool_call') return { call: part, result: results.get(part) ?? null }
  if (!results.has(part)) return null
  return { call: { type: 'tool_call', id: part.id, name: part.name ?? '', arguments: '' }, result: part }
}

/**
 * By its call: of several calls with one id, which services give anew in each round, the first that has none
 * yet. Results that nothing called for stand there themselves, with null.
 */
function resultsOf(parts: readonly Part[]): Map<Part, ToolResultPart | null> {
  const results = new Map<Part, ToolResultPart | null>()
  const waiting = new Map<string, ToolCallPart[]>()
  for (const part of parts) {
    if (part.type === 'tool_call') waiting.set(part.id, [...(waiting.get(part.id) ?? []), part])
    if (part.type !== 'tool_result') continue
    const call = waiting.get(part.id)?.shift()
    results.set(call ?? part, call ? part : null)
  }
  return results
}

/** What stands for the result of a call that a crash or Stop cut short. */
const INTERRUPTED = 'interrupted: it is not known whether this was done'

export function isCutShort(result: ToolResultPart | null): boolean {
  return result === null || (result.is_error && result.content === INTERRUPTED)
}

/** What a model is told where the person said no. */
const DENIED = 'The person did not allow this call. Do not repeat it: go on without it, or ask them.'

export function isDenied(result: ToolResultPart | null): boolean {
  return result?.is_error === true && result.content === DENIED
}

/** Of a result the SHA-256 of its pictures; where it was cut the first file is all of its text. */
export function picturesOf(result: ToolResultPart | null): readonly string[] {
  return filesOf(result).slice(result?.truncated ? 1 : 0)
}

/** The SHA-256 of all of a text that was cut; empty where it was not, or not kept. */
export function fullTextOf(result: ToolResultPart | null): string {
  return (result?.truncated && filesOf(result)[0]) || ''
}

function filesOf(result: ToolResultPart | null): readonly string[] {
  return (result?.attachments ?? []).filter(isHash)
}

const MCP = 'mcp:'
const LONGEST = 80

/** The tool server that a call went to; empty for what is built in. */
export function serverOf(source: string | undefined): string {
  return source?.startsWith(MCP) ? source.slice(MCP.length) : ''
}

/** A tool as a person calls it: in its own words, else by its name without its server's. */
export function toolTitle(call: { readonly name: string; readonly title?: string; readonly source?: string }): string {
  const server = serverOf(call.source)
  const name = server && call.name.startsWith(`${server}__`) ? call.name.slice(server.length + 2) : call.name
  return oneLine(call.title || name)
}

type SentenceKey =
  'webSearch' | 'readPage' | 'searchDocuments' | 'calculate' | 'currentTime' | 'findTool' | 'server' | 'other'

export interface Sentence {
  readonly key: SentenceKey
  /** What it was asked, in a few words; empty where that is not told. */
  readonly about: string
  readonly server: string
}

const BUILT_IN: { readonly [name: string]: readonly [SentenceKey, string] } = {
  web_search: ['webSearch', 'query'],
  read_page: ['readPage', 'url'],
  search_documents: ['searchDocuments', 'query'],
  calculate: ['calculate', 'expression'],
  current_time: ['currentTime', 'timezone'],
  find_tool: ['findTool', 'query'],
}

/** What a call is about. Of a tool server only its own name is believed: what its tools are called says nothing. */
export function sentenceOf(call: ToolCallPart | WaitingCall): Sentence {
  const server = serverOf(call.source)
  const [key, field] = (server ? undefined : BUILT_IN[call.name]) ?? ['other', '']
  if (key === 'other') return { key: server ? 'server' : 'other', about: toolTitle(call), server: oneLine(server) }
  const value = objectIn(call.arguments ?? '')[field]
  const asked = typeof value === 'string' ? value : ''
  return { key, about: oneLine(key === 'readPage' ? hostOf(asked) : asked), server: '' }
}

/** Of an address whom it leads to; the address itself where it is none. */
export function hostOf(url: string): string {
  try {
    return new URL(url).host.replace(/^www\./, '') || url
  } catch {
    return url
  }
}

function oneLine(text: string): string {
  const line = withoutHidden(text.slice(0, LONGEST * 8).replaceAll(/\s+/g, ' ')).trim()
  const letters = Array.from(line)
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join('')}…` : letters.join('')
}

/** Two calls of which one press may speak: the same tool, asked the same. */
export function sameCall(one: WaitingCall, other: WaitingCall): boolean {
  return (
    one.name === other.name && one.source === other.source && canonical(one.arguments) === canonical(other.arguments)
  )
}

function canonical(text: string): string {
  try {
    return JSON.stringify(sorted(JSON.parse(text)))
  } catch {
    return text
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
