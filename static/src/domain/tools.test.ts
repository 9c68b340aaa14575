import { describe, expect, it } from 'vitest'

import type { ModelInfo } from '@/protocol/types.gen'

import {
  chosenOf,
  groupsOf,
  takesNoTools,
  tokensOfTools,
  type ToolRow,
  type UsedTools,
  withServer,
  withTool,
} from './tools'

function tool(name: string, source = 'builtin', more: Partial<ToolRow> = {}): ToolRow {
  return { name, title: name, description: '', source, read_only: true, policy: 'allow', available: true, ...more }
}

const CALC = tool('calculate')
const TIME = tool('current_time')
const FIND = tool('jira__find', 'mcp:jira')
const MAKE = tool('jira__make', 'mcp:jira')
const NOTE = tool('notes__add', 'mcp:notes')
const ALL = [FIND, CALC, MAKE, TIME, NOTE]

describe('the choice of tools', () => {
  it.each<[string, UsedTools, ToolRow, boolean, UsedTools]>([
    ['one more', ['calculate'], TIME, true, ['calculate', 'current_time']],
    ['the first', false, TIME, true, ['current_time']],
    ['none is left', ['calculate'], CALC, false, false],
    ['all but one that is built in', true, CALC, false, ['mcp:jira', 'current_time', 'mcp:notes']],
    ['all but one of a server', true, FIND, false, ['calculate', 'current_time', 'mcp:notes', 'jira__make']],
    ['one of a whole server less', ['mcp:jira', 'calculate'], MAKE, false, ['calculate', 'jira__find']],
    ['what is there already', ['calculate'], CALC, true, ['calculate']],
    [
      'names that nobody knows stay',
      ['gone__tool', 'calculate'],
      TIME,
      true,
      ['gone__tool', 'calculate', 'current_time'],
    ],
  ])('%s', (_name, used, one, on, expected) => {
    expect(withTool(used, one, on, ALL)).toEqual(expected)
  })

  it.each<[string, UsedTools, string, boolean, UsedTools]>([
    ['a server instead of its tools', ['jira__find', 'calculate'], 'mcp:jira', true, ['calculate', 'mcp:jira']],
    ['a server less', ['mcp:jira', 'calculate'], 'mcp:jira', false, ['calculate']],
    ['all but a server', true, 'mcp:jira', false, ['calculate', 'current_time', 'mcp:notes']],
    ['nothing is left', ['mcp:jira'], 'mcp:jira', false, false],
  ])('%s', (_name, used, source, on, expected) => {
    expect(withServer(used, source, on, ALL)).toEqual(expected)
  })

  it('counts what a model gets: not what is unavailable, nor what is never allowed', () => {
    const rows = [
      CALC,
      tool('web_search', 'builtin', { available: false }),
      tool('jira__rm', 'mcp:jira', { policy: 'deny' }),
      FIND,
    ]
    expect(chosenOf(true, rows)).toEqual([CALC, FIND])
    expect(chosenOf(['mcp:jira', 'web_search'], rows)).toEqual([FIND])
    expect(chosenOf(false, rows)).toEqual([])
  })

  it('shows what is built in first, and servers that have no tool', () => {
    const groups = groupsOf(
      [FIND, CALC],
      [
        { name: 'jira', status: 'ready', tools: [] },
        { name: 'down', status: 'failed', error: 'no answer', tools: [] },
      ],
    )
    expect(groups.map(({ server, tools, state }) => [server, tools.length, state?.status])).toEqual([
      ['', 1, undefined],
      ['jira', 1, 'ready'],
      ['down', 0, 'failed'],
    ])
  })

  it('guesses what definitions take of a request, and of a small window', () => {
    const rows = Array.from({ length: 20 }, (_, index) =>
      tool(`t${index}`, 'builtin', { description: 'd'.repeat(400), parameters: { type: 'object' } }),
    )
    const many = tokensOfTools(rows, null)
    expect(many).toBeGreaterThan(2_000)
    expect([tokensOfTools(rows, 200_000), tokensOfTools(rows, 8_000), tokensOfTools([], 8_000)]).toEqual([many, 150, 0])
  })

  it('knows models that take none, and tries those of which nothing is known', () => {
    const model = (capabilities: string[]): ModelInfo => ({ capabilities }) as unknown as ModelInfo
    expect([model(['chat']), model(['chat', 'tools']), model([]), undefined].map(takesNoTools)).toEqual([
      true,
      false,
      false,
      false,
    ])
  })
})
