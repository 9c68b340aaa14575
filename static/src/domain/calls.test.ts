import { describe, expect, it } from 'vitest'

import type { Part, ToolCallPart, WaitingCall } from '@/protocol/types.gen'

import { blocksOf, hostOf, sameCall, sentenceOf, toolTitle } from './calls'
import { objectIn, prettyJson } from './json'
import { visiblePieces } from './visible'

function call(id: string, name = 'web_search', more: Partial<ToolCallPart> = {}): ToolCallPart {
  return { type: 'tool_call', id, name, arguments: '{"query": "tea"}', source: 'builtin', ...more }
}

function result(id: string, content = 'leaves'): Part {
  return { type: 'tool_result', id, name: 'web_search', content, is_error: false, ms: 3 }
}

const text = (words: string): Part => ({ type: 'text', text: words })

/** Words as they are; of calls their names with what they gave, `-` where that is not there. */
function told(parts: Part[]): (string | string[])[] {
  return blocksOf(parts).map((block) => {
    if (block.kind === 'calls')
      return block.calls.map(({ call: one, result: gave }) => `${one.name}=${gave?.content ?? '-'}`)
    return 'text' in block.part ? block.part.text : block.part.type
  })
}

describe('calls among the parts of an answer', () => {
  it.each<[string, Part[], (string | string[])[]]>([
    ['one with its result', [call('a'), result('a', '1'), text('so')], [['web_search=1'], 'so']],
    [
      'several of one round together',
      [call('a', 'x'), call('b', 'y'), result('b', '2'), result('a', '1')],
      [['x=1', 'y=2']],
    ],
    [
      'rounds without a word between them together',
      [call('a', 'x'), result('a', '1'), call('b', 'y'), result('b', '2')],
      [['x=1', 'y=2']],
    ],
    [
      'rounds with words between them apart',
      [call('a', 'x'), result('a', '1'), text('hm'), call('b', 'y')],
      [['x=1'], 'hm', ['y=-']],
    ],
    [
      'ids that each round gives anew',
      [call('c', 'x'), result('c', '1'), text('hm'), call('c', 'y'), result('c', '2')],
      [['x=1'], 'hm', ['y=2']],
    ],
    [
      'one id for two calls of a round',
      [call('c', 'x'), call('c', 'y'), result('c', '1'), result('c', '2')],
      [['x=1', 'y=2']],
    ],
    ['a result that nothing called for', [result('z', '9'), text('so')], [['web_search=9'], 'so']],
    ['words that are empty', [text(''), call('a'), text(''), result('a', '1')], [['web_search=1']]],
    [
      'parts of a later version',
      [text('a'), { type: 'hologram' } as unknown as Part, call('a')],
      ['a', ['web_search=-']],
    ],
  ])('%s', (_name, parts, expected) => {
    expect(told(parts)).toEqual(expected)
  })

  it('are left out while they wait for a person', () => {
    const waits: WaitingCall[] = [{ id: 'b', name: 'y', arguments: '{}', source: 'mcp:s' }]
    const blocks = blocksOf([call('b', 'x'), result('b', '1'), call('a', 'z'), call('b', 'y')], waits)
    expect(blocks.map((block) => block.kind === 'calls' && block.calls.map(({ call: one }) => one.name))).toEqual([
      ['x', 'z'],
    ])
  })

  it('keep their objects, so that a delta draws no call again', () => {
    const parts = [call('a'), result('a')]
    const [before, after] = [blocksOf([...parts, text('o')]), blocksOf([...parts, text('on')])]
    const first = (blocks: typeof before): unknown => (blocks[0]?.kind === 'calls' ? blocks[0].calls[0]?.call : null)
    expect(first(before)).toBe(first(after))
  })
})

describe('what a call is about', () => {
  it.each<[Partial<ToolCallPart>, object]>([
    [
      { name: 'web_search', arguments: '{"query": "tea  in\\nRize"}' },
      { key: 'webSearch', about: 'tea in Rize' },
    ],
    [
      { name: 'read_page', arguments: '{"url": "https://www.example.org/a?b"}' },
      { key: 'readPage', about: 'example.org' },
    ],
    [
      { name: 'read_page', arguments: '{"url": "no address"}' },
      { key: 'readPage', about: 'no address' },
    ],
    [
      { name: 'current_time', arguments: '{}' },
      { key: 'currentTime', about: '' },
    ],
    [
      { name: 'calculate', arguments: 'not json' },
      { key: 'calculate', about: '' },
    ],
    [
      { name: 'calculate', arguments: '["1+1"]' },
      { key: 'calculate', about: '' },
    ],
    [
      { name: 'jira__find', source: 'mcp:jira', title: 'Find issues' },
      { key: 'server', about: 'Find issues', server: 'jira' },
    ],
    [
      { name: 'jira__find', source: 'mcp:jira' },
      { key: 'server', about: 'find', server: 'jira' },
    ],
    [
      { name: 'code_interpreter', source: undefined },
      { key: 'other', about: 'code_interpreter' },
    ],
    // A server cannot pass its tool off as one that is built in.
    [
      { name: 'web_search', source: 'mcp:evil', title: 'Search' },
      { key: 'server', about: 'Search', server: 'evil' },
    ],
  ])('%j', (more, expected) => {
    expect(sentenceOf(call('a', 'x', more))).toMatchObject(expected)
  })

  it('is one short line in which nothing hides', () => {
    const { about } = sentenceOf(
      call('a', 'web_search', { arguments: JSON.stringify({ query: `\u202Egnp\u200B${'x'.repeat(300_000)}` }) }),
    )
    expect(about.startsWith('gnpx')).toBe(true)
    expect(about).toHaveLength(80)
  })

  it('is told without arguments, which a link may keep back', () => {
    expect(sentenceOf({ type: 'tool_call', id: 'a', name: 'web_search' } as ToolCallPart)).toMatchObject({
      key: 'webSearch',
      about: '',
    })
  })

  it('names whom an address leads to', () => {
    expect(['https://www.a.org/x', 'http://b.org:8080', 'nothing'].map(hostOf)).toEqual([
      'a.org',
      'b.org:8080',
      'nothing',
    ])
    expect(toolTitle({ name: 'a__b', source: 'mcp:other' })).toBe('a__b')
  })
})

describe('equal calls', () => {
  const waits = (args: string, more: Partial<WaitingCall> = {}): WaitingCall => ({
    id: 'a',
    name: 'n',
    source: 'mcp:s',
    arguments: args,
    ...more,
  })

  it.each<[WaitingCall, WaitingCall, boolean]>([
    [waits('{"a":1,"b":[2]}'), waits('{ "b": [2], "a": 1 }', { id: 'z' }), true],
    [waits('{"a":[1,2]}'), waits('{"a":[2,1]}'), false],
    [waits('{"a":1}'), waits('{"a":"1"}'), false],
    [waits('{}'), waits('{}', { name: 'm' }), false],
    [waits('{}'), waits('{}', { source: 'mcp:t' }), false],
    [waits('broken'), waits('broken'), true],
    [waits('broken'), waits('broken '), false],
  ])('%j %j', (one, other, same) => {
    expect(sameCall(one, other)).toBe(same)
  })
})

describe('JSON for people', () => {
  it.each([
    ['{"a":1,"b":[true,null],"c":{}}', '{\n  "a": 1,\n  "b": [\n    true,\n    null\n  ],\n  "c": {}\n}'],
    ['[]', '[]'],
    // What comes twice, or is longer than a number can be, stays in sight.
    ['{"to":"me","to":"them"}', '{\n  "to": "me",\n  "to": "them"\n}'],
    ['[12345678901234567890, 1.10]', '[\n  12345678901234567890,\n  1.10\n]'],
    ['{"path": "\\u0072\\u006d"}', '{\n  "path": "rm"\n}'],
    ['{"a": "x, {y}: \\"z\\""}', '{\n  "a": "x, {y}: \\"z\\""\n}'],
    ['broken {', 'broken {'],
    ['', ''],
  ])('%s', (given, expected) => {
    expect(prettyJson(given)).toBe(expected)
  })

  it('leaves what is nested without end as it came', () => {
    const deep = '['.repeat(5_000) + ']'.repeat(5_000)
    expect(prettyJson(deep)).toBe(deep)
  })

  it('finds an object, or nothing', () => {
    expect(['{"a":1}', '[1]', 'null', '"x"', '{'].map(objectIn)).toEqual([{ a: 1 }, {}, {}, {}, {}])
  })
})

describe('what hides in a text', () => {
  it.each([
    ['pay\u202Eevil', ['pay', '⟨U+202E⟩', 'evil']],
    ['a\u200B\u200B\u200Bb', ['a', '⟨U+200B ×3⟩', 'b']],
    ['a\u200B\u2060b', ['a', '⟨U+200B⟩', '⟨U+2060⟩', 'b']],
    ['x\u{E0041}\u{E0042}', ['x', '⟨U+E0041⟩', '⟨U+E0042⟩']],
    ['a\u00A0b\u2003c', ['a', '⟨U+00A0⟩', 'b', '⟨U+2003⟩', 'c']],
    ['a\u0000\u001Bb', ['a', '⟨U+0000⟩', '⟨U+001B⟩', 'b']],
    ['\u3164\u2800\uFEFF\u00AD', ['⟨U+3164⟩', '⟨U+2800⟩', '⟨U+FEFF⟩', '⟨U+00AD⟩']],
    ['\uD800', ['⟨U+D800⟩']],
    ['line\none\ttab çay Ёлка 茶 مرحبا', ['line\none\ttab çay Ёлка 茶 مرحبا']],
  ])('%j', (given, expected) => {
    expect(visiblePieces(given).map((piece) => piece.text)).toEqual(expected)
  })

  it('is marked however much of it there is, in bounded pieces', () => {
    const pieces = visiblePieces('a\u200B'.repeat(100_000))
    expect(pieces).toHaveLength(1)
    expect(pieces[0]?.text.startsWith('a⟨U+200B⟩a⟨U+200B⟩')).toBe(true)
  })
})
