/** Which tools models may use, and what of that is on. Pure. */
import type { ModelInfo } from '@/protocol/types.gen'

import { serverOf, toolTitle } from './calls'

export type Policy = 'allow' | 'ask' | 'deny'

/** A row of GET /api/tools. */
export interface ToolRow {
  name: string
  title: string
  description: string
  /** `builtin`, or `mcp:<server>`. */
  source: string
  read_only: boolean
  policy: Policy
  available: boolean
  reason?: string | null
  /** A JSON Schema. */
  parameters?: unknown
}

export interface ServerRow {
  name: string
  status: 'ready' | 'off' | 'failed'
  error?: string | null
  tools: string[]
  /** With whose sign-in it is used, or that it wants one. */
  sign_in?: 'own' | 'shared' | 'wanted' | null
}

/** None, all that a person may use, or those of a list in which `mcp:<server>` stands for all of a server. */
export type UsedTools = boolean | readonly string[]

export interface ToolGroup {
  source: string
  /** Empty for what is built in. */
  server: string
  tools: ToolRow[]
  state: ServerRow | undefined
}

export function isUsable(tool: ToolRow): boolean {
  return tool.available && tool.policy !== 'deny'
}

/** What is built in first, then server by server; also those without a tool, which say why. */
export function groupsOf(tools: readonly ToolRow[], servers: readonly ServerRow[]): ToolGroup[] {
  const sources = new Set([...tools.map((tool) => tool.source), ...servers.map((server) => `mcp:${server.name}`)])
  const groups = [...sources].map((source): ToolGroup => {
    const server = serverOf(source)
    return {
      source,
      server,
      tools: tools.filter((tool) => tool.source === source),
      state: servers.find((one) => one.name === server),
    }
  })
  return groups.toSorted((one, other) => Number(one.server !== '') - Number(other.server !== ''))
}

export function titleOf(tool: ToolRow): string {
  return toolTitle(tool)
}

export function isChosen(used: UsedTools, tool: ToolRow): boolean {
  return typeof used === 'boolean' ? used : used.includes(tool.name) || used.includes(tool.source)
}

/** Those of a group that a model gets. */
export function chosenOf(used: UsedTools, tools: readonly ToolRow[]): ToolRow[] {
  return tools.filter((tool) => isUsable(tool) && isChosen(used, tool))
}

export function withTool(used: UsedTools, tool: ToolRow, on: boolean, all: readonly ToolRow[]): UsedTools {
  const listed = listOf(used, all)
  if (on) return settled([...listed, tool.name])
  const others = listed.includes(tool.source)
    ? all.filter((one) => one.source === tool.source && one !== tool).map((one) => one.name)
    : []
  return settled([...listed.filter((name) => name !== tool.name && name !== tool.source), ...others])
}

/** All of a tool server, those that it will have later as well. */
export function withServer(used: UsedTools, source: string, on: boolean, all: readonly ToolRow[]): UsedTools {
  const names = new Set(all.filter((tool) => tool.source === source).map((tool) => tool.name))
  const rest = listOf(used, all).filter((name) => name !== source && !names.has(name))
  return settled(on ? [...rest, source] : rest)
}

function listOf(used: UsedTools, all: readonly ToolRow[]): readonly string[] {
  if (typeof used !== 'boolean') return used
  return used ? [...new Set(all.map((tool) => (serverOf(tool.source) ? tool.source : tool.name)))] : []
}

function settled(names: readonly string[]): UsedTools {
  return names.length === 0 ? false : [...new Set(names)]
}

const CHARS_PER_TOKEN = 4
/** Beyond this share of a window one tool that finds the others stands for them. */
const MOST_OF_WINDOW = 0.1
const TOKENS_OF_FINDER = 150
const USUAL_WINDOW = 128_000

/** What the definitions of tools take of each request, as far as the page can tell. `window` null: nobody knows, and the usual one counts. */
export function tokensOfTools(tools: readonly ToolRow[], window: number | null): number {
  const letters = tools.reduce(
    (sum, { name, description, parameters }) => sum + JSON.stringify({ name, description, parameters }).length,
    0,
  )
  const tokens = Math.ceil(letters / CHARS_PER_TOKEN)
  return tokens > (window ?? USUAL_WINDOW) * MOST_OF_WINDOW ? Math.min(tokens, TOKENS_OF_FINDER) : tokens
}

/** A model that is known for taking no tools; of one of which nothing is known, it is tried. */
export function takesNoTools(model: ModelInfo | undefined): boolean {
  return model !== undefined && model.capabilities.length > 0 && !model.capabilities.includes('tools')
}
