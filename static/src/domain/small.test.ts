import { describe, expect, it } from 'vitest'

import type { AnswerMessage, Cost, ModelInfo, WholeAnswerMessage } from '@/protocol/types.gen'

import { matchesQuery, distinguishNamesakes, makeSections } from './choosing'
import { compareAnswers, figuresOf } from './figures'
import { groupByDay } from './grouping'
import { spellingsOf, parseEntry } from './entry'
import { isRef, randomId, shortModel, splitRef } from './ids'
import { NUMBER_PARAMS, parseNumber, withoutUnset } from './params'

function answer(id: string, total: number, cost: Cost, more: Partial<WholeAnswerMessage> = {}): AnswerMessage {
  return {
    type: 'message',
    role: 'assistant',
    at: '',
    id,
    parent: 'u',
    lane: id,
    model: 'm/m',
    parts: [],
    status: 'complete',
    finish: 'stop',
    cost,
    usage: { input: 10, output: 101, reasoning: null, cached: null },
    timing: { first_token_ms: 500, total_ms: total },
    ...more,
  }
}

const FREE: Cost = { usd: 0, source: 'free' }
const UNKNOWN: Cost = { usd: null, source: 'unknown' }

describe('figures', () => {
  it('measures the speed from the first token on', () => {
    expect(figuresOf(answer('a', 2_500, FREE)).tokensPerSecond).toBe(50)
  })

  it('does not invent a speed where nothing was measured or said', () => {
    expect(figuresOf(answer('a', 600, FREE)).tokensPerSecond).toBeNull()
    const silent = { usage: { input: null, output: null, reasoning: null, cached: null } }
    expect(figuresOf(answer('a', 9_000, FREE, silent)).tokensPerSecond).toBeNull()
  })

  it('names the fastest and the cheapest and counts unknown costs as unknown, not as nothing', () => {
    const answers = [
      answer('a', 3_000, { usd: 0.01, source: 'priced' }),
      answer('b', 2_000, { usd: 0.02, source: 'provider' }),
      answer('c', 1_000, UNKNOWN, { status: 'failed' }),
    ]
    expect(compareAnswers(answers)).toEqual({ fastest: 'b', cheapest: 'a', usd: 0.03, unknown: 1 })
  })

  it('names no winner between equals', () => {
    expect(compareAnswers([answer('a', 1_000, FREE), answer('b', 1_000, FREE)])).toMatchObject({
      fastest: null,
      cheapest: null,
    })
  })
})

describe('grouping of past conversations', () => {
  const now = new Date(2026, 10, 20, 15, 0)

  function key(date: Date, pinned = false): string | undefined {
    return groupByDay([{ updated: date.toISOString(), pinned }], now)[0]?.key
  }

  it('goes by calendar days of the reader, not by hours', () => {
    expect(key(new Date(2026, 10, 20, 0, 1))).toBe('today')
    expect(key(new Date(2026, 10, 19, 23, 59))).toBe('yesterday')
    expect(key(new Date(2026, 10, 14, 12, 0))).toBe('week')
    expect(key(new Date(2026, 9, 25, 12, 0))).toBe('month')
    expect(key(new Date(2026, 7, 3, 12, 0))).toBe('2026-08')
    expect(key(new Date(2020, 1, 1), true)).toBe('pinned')
  })
})

describe('model refs', () => {
  it('are split at the first slash', () => {
    expect(splitRef('hf/mistralai/Mistral-7B')).toEqual({ server: 'hf', model: 'mistralai/Mistral-7B' })
    expect(shortModel('hf/mistralai/Mistral-7B')).toBe('Mistral-7B')
  })

  it('ids are the length asked for, tame, and not repeated', () => {
    const ids = new Set(Array.from({ length: 1_000 }, () => randomId()))
    expect(ids.size).toBe(1_000)
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]{16}$/)
  })
})

describe('choosing a model', () => {
  const qwen: ModelInfo = {
    id: 'qwen3:8b',
    name: 'Qwen3 8B',
    provider: 'ollama',
    server: 'ollama',
    description: '',
    context_length: null,
    max_tokens: null,
    parameters: null,
    quantization: null,
    size: null,
    capabilities: [],
    pricing: null,
    loaded: null,
    metadata: {},
  }
  const named = (server: string, id: string, name: string): ModelInfo => ({ ...qwen, server, id, name })
  it.each([
    [
      'of one server by the id',
      [named('g', 'a', 'Flash'), named('g', 'b', 'FLASH'), named('g', 'c', 'Pro')],
      ['a', 'b'],
    ],
    ['of two servers by the ref', [named('g', 'a', 'Flash'), named('h', 'a', 'Flash')], ['g/a', 'h/a']],
    ['that has a name of its own by nothing more', [named('g', 'a', 'Flash'), named('h', 'b', 'Pro')], []],
    ['without a name by its id, where another is called so', [named('g', 'a', ''), named('g', 'b', 'a')], ['a', 'b']],
  ])('tells a model %s', (_, models, expected) => {
    expect([...distinguishNamesakes(models).values()]).toEqual(expected)
  })

  const groups = [
    { server: 'ollama', models: [qwen, { ...qwen, id: 'gemma3', name: 'Gemma 3' }] },
    { server: 'empty', models: [] },
  ]

  const NOTHING = { query: '', filters: [], favourites: [], recent: [], unfolded: [], most: 60 }

  it('finds words in any order', () => {
    expect(matchesQuery(qwen, '8b QWEN')).toBe(true)
    expect(matchesQuery(qwen, 'qwen 70b')).toBe(false)
  })

  it('takes the Turkish letters for the same, whatever the language of the browser', () => {
    expect(matchesQuery({ ...qwen, id: 'Mistral-7B-Instruct' }, 'ınstruct MİSTRAL')).toBe(true)
  })

  it('lists favourites and recent ones first, once each, and servers without models too', () => {
    const found = makeSections(groups, {
      ...NOTHING,
      favourites: ['ollama/gemma3'],
      recent: ['ollama/gemma3', 'ollama/qwen3:8b'],
    })
    expect(found.map((section) => [section.key, section.models.map((model) => model.id)])).toEqual([
      ['*favourites', ['gemma3']],
      ['*recent', ['qwen3:8b']],
      ['ollama', ['qwen3:8b', 'gemma3']],
      ['empty', []],
    ])
  })

  it('puts what one prefers by rating first on its server, but not where words are looked for', () => {
    const ratings = new Map([['ollama/gemma3', 1_150]])
    const ids = (query: string): string[] =>
      makeSections(groups, { ...NOTHING, ratings, query })[0]?.models.map((model) => model.id) ?? []
    expect(ids('')).toEqual(['gemma3', 'qwen3:8b'])
    expect(ids('ollama')).toEqual(['qwen3:8b', 'gemma3'])
  })

  it('shows only what a search finds', () => {
    expect(
      makeSections(groups, { ...NOTHING, query: 'gem', favourites: ['ollama/qwen3:8b'] }).map((section) => section.key),
    ).toEqual(['ollama'])
  })

  it('shows a server that is looked for though it has nothing to offer', () => {
    expect(makeSections(groups, { ...NOTHING, query: 'Empt' }).map((section) => section.key)).toEqual(['empty'])
    expect(makeSections(groups, { ...NOTHING, query: 'empty', filters: ['free'] })).toEqual([])
  })
})

describe('parameters', () => {
  const [temperature, , topK] = NUMBER_PARAMS

  it('take numbers as people write them', () => {
    expect(temperature && parseNumber('0,7', temperature)).toBe(0.7)
    expect(temperature && parseNumber(' ', temperature)).toBeNull()
  })

  it('refuse what is out of bounds or not whole', () => {
    expect(temperature && parseNumber('2.1', temperature)).toBeUndefined()
    expect(topK && parseNumber('1.5', topK)).toBeUndefined()
    expect(topK && parseNumber('many', topK)).toBeUndefined()
  })

  it('are an empty object where nothing is set', () => {
    expect(withoutUnset({ temperature: null, json: false, thinking: undefined })).toEqual({})
  })
})

describe('what the address asks for', () => {
  it.each([
    'a b',
    ' odd ',
    '/models/x.gguf',
    'qwen3:8b',
    'a@b#c?d&e',
    '100%',
    'plus+plus',
    'модель',
    '🦙',
    'x'.repeat(300),
  ])('is the model %j', (model) => {
    expect(isRef(`fake/${model}`)).toBe(true)
    expect(parseEntry(`?model=${encodeURIComponent(`fake/${model}`)}`).models).toEqual([`fake/${model}`])
  })

  it('is told as it was written where it is no model', () => {
    for (const text of ['x', '/x', 'fake/', 'a b/x', `fake/${'x'.repeat(400)}`]) {
      expect(isRef(text)).toBe(false)
      expect(parseEntry(`?model=${encodeURIComponent(text)}`).models).toEqual([text])
    }
    expect(parseEntry('?model=').models).toEqual([])
    expect(parseEntry('')).toEqual({ persona: null, models: [], set: null, tools: false })
    expect(parseEntry('?open=tools').tools).toBe(true)
  })

  it('may be several models, or a set by its name', () => {
    expect(parseEntry('?models=a/b,c/d, e/f,,').models).toEqual(['a/b', 'c/d', 'e/f'])
    expect(parseEntry(`?models=${Array.from({ length: 40 }, (_, n) => `a/${n}`).join(',')}`).models).toHaveLength(24)
    expect(parseEntry('?set=My+three').set).toBe('My three')
  })

  it('may have a plus sign as it stands', () => {
    expect(spellingsOf(parseEntry('?model=fake/a+b').models[0] ?? '')).toContain('fake/a+b')
  })
})
