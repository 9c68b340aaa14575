/** What the fake server knows: models, past conversations, and how each model answers. */
import type {
  AnswerError,
  AnswerMessage,
  Cost,
  FileRecord,
  Lane,
  ModelInfo,
  Part,
  WholeAnswerMessage,
} from '@/protocol/types.gen'

export interface Script {
  reasoning: string
  text: string
  queuedMs: number
  firstTokenMs: number
  charsPerStep: number
  cost: Cost
  error?: AnswerError
}

const MARKDOWN = `A sundial tells the time from the **shadow** of a stick, the *gnomon*.

## How it works

1. The Earth turns once a day, so the sun seems to cross the sky.
2. The gnomon points at the celestial pole, and its shadow moves like the hand of a clock.
3. Hour lines are drawn where the shadow falls: $\\tan\\theta = \\sin\\varphi \\cdot \\tan h$.

| Hour | Angle at 41° N | Note |
|---|---:|---|
| 09:00 | 33.3° | morning |
| 12:00 | 0° | noon, shortest shadow |
| 15:00 | 33.3° | afternoon |

\`\`\`python
from math import atan, degrees, radians, sin, tan

def hour_line(latitude: float, hour: float) -> float:
    """The angle of an hour line from noon, in degrees."""
    return degrees(atan(sin(radians(latitude)) * tan(radians(15 * (hour - 12)))))
\`\`\`

> In winter the noon shadow is long, in summer short. It costs $5 to build one, or $6 with a brass gnomon.

Try it: put a pencil upright in the garden and mark the end of its shadow each hour.
`

const FREE: Cost = { usd: 0, source: 'free' }

const BASE: Script = { reasoning: '', text: MARKDOWN, queuedMs: 0, firstTokenMs: 350, charsPerStep: 9, cost: FREE }

export function scriptFor(model: string, text: string): Script {
  if (model.includes('echo'))
    return { ...BASE, text: text.length > 40 ? MARKDOWN : `You said: ${text}`, charsPerStep: 6 }
  if (model.includes('qwen')) {
    const reasoning = 'The person wants a clear explanation. First the idea of the shadow, then the geometry. '.repeat(
      5,
    )
    return { ...BASE, reasoning, queuedMs: 900, charsPerStep: 5, firstTokenMs: 700 }
  }
  if (model.includes('gemini'))
    return { ...BASE, charsPerStep: 22, firstTokenMs: 500, cost: { usd: 0.00214, source: 'priced' } }
  if (model.includes('mistral')) {
    const error: AnswerError = {
      code: 'overloaded',
      message: 'The service has too much to do at the moment. Try again in a minute, or choose another model.',
      retryable: true,
      detail: 'HTTP 503: {"error":"Model too busy, unable to get response in less than 60 second(s)"}',
    }
    return { ...BASE, text: '', firstTokenMs: 900, cost: { usd: null, source: 'unknown' }, error }
  }
  return { ...BASE, cost: { usd: 0.0009, source: 'provider' } }
}

function model(server: string, id: string, provider: string, more: Partial<ModelInfo> = {}): ModelInfo {
  return {
    id,
    name: id.split('/').at(-1) ?? id,
    provider,
    server,
    description: '',
    context_length: null,
    max_tokens: null,
    parameters: null,
    quantization: null,
    size: null,
    capabilities: ['chat'],
    pricing: null,
    loaded: null,
    metadata: {},
    ...more,
  }
}

const MODELS: { [server: string]: ModelInfo[] } = {
  echo: [
    model('echo', 'echo', 'echo', {
      name: 'Echo',
      description: 'Repeats what you write. Offline.',
      context_length: 32_768,
      capabilities: ['chat', 'tools'],
    }),
  ],
  ollama: [
    model('ollama', 'qwen3:8b', 'ollama', {
      name: 'Qwen3 8B',
      parameters: '8.2B',
      quantization: 'Q4_K_M',
      size: 5_225_387_923,
      context_length: 40_960,
      loaded: true,
      capabilities: ['chat', 'tools', 'thinking'],
    }),
    model('ollama', 'gemma3:4b', 'ollama', {
      name: 'Gemma 3 4B',
      parameters: '4.3B',
      quantization: 'Q4_K_M',
      size: 3_338_801_804,
      context_length: 131_072,
      loaded: false,
      capabilities: ['chat', 'vision'],
    }),
  ],
  gemini: [
    model('gemini', 'gemini-3-pro', 'gemini', {
      name: 'Gemini 3 Pro',
      context_length: 1_048_576,
      max_tokens: 65_536,
      pricing: { input: 2, output: 12 },
      capabilities: ['chat', 'vision', 'tools', 'thinking'],
      description: 'Google’s most capable model, for long and difficult work.',
    }),
    model('gemini', 'gemini-flash', 'gemini', {
      name: 'Gemini Flash',
      context_length: 1_048_576,
      max_tokens: 65_536,
      pricing: { input: 0.3, output: 2.5 },
      capabilities: ['chat', 'vision', 'tools', 'thinking'],
    }),
  ],
  hf: [
    model('hf', 'mistralai/Mistral-7B-Instruct-v0.3', 'huggingface', {
      name: 'Mistral 7B Instruct',
      parameters: '7B',
      context_length: 32_768,
      capabilities: ['chat', 'tools'],
    }),
  ],
}

const HEALTH = {
  echo: {
    status: 'healthy',
    available: true,
    latency_ms: 0,
    models_count: 1,
    error: null,
    checked_at: '2026-11-20T10:00:00.000Z',
  },
  ollama: {
    status: 'healthy',
    available: true,
    latency_ms: 12,
    models_count: 2,
    error: null,
    checked_at: '2026-11-20T10:00:00.000Z',
  },
  gemini: {
    status: 'slow',
    available: true,
    latency_ms: 1840,
    models_count: 2,
    error: null,
    checked_at: '2026-11-20T10:00:00.000Z',
  },
  hf: {
    status: 'unhealthy',
    available: false,
    latency_ms: null,
    models_count: 1,
    error: 'The key was not accepted',
    checked_at: '2026-11-20T10:00:00.000Z',
  },
}

const LANES: Lane[] = [
  { id: 'a', model: 'gemini/gemini-3-pro', role: 'primary' },
  { id: 'b', model: 'ollama/qwen3:8b', role: 'comparison' },
  { id: 'c', model: 'hf/mistralai/Mistral-7B-Instruct-v0.3', role: 'comparison' },
]

function ago(hours: number): string {
  return new Date(Date.now() - hours * 3_600_000).toISOString()
}

function answer(
  id: string,
  parent: string,
  lane: string,
  model_: string,
  parts: Part[],
  more: Partial<WholeAnswerMessage> = {},
): AnswerMessage {
  return {
    type: 'message',
    role: 'assistant',
    at: ago(1),
    id,
    parent,
    lane,
    model: model_,
    parts,
    status: 'complete',
    finish: 'stop',
    usage: { input: 24, output: 412, reasoning: null, cached: null },
    cost: FREE,
    timing: { first_token_ms: 410, total_ms: 8_230 },
    ...more,
  }
}

function ids(hours: number, tail: string): string {
  return `${ago(hours).replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15)}-${tail}`
}

const COUNCIL = ids(1, 'counci22')
const SINGLE = ids(3, 'single22')
const BROKEN = ids(27, 'broken22')
const LONG = ids(200, 'longer22')

const TITLES: [string, string, number][] = [
  [COUNCIL, 'Sundials: three models compared', 1],
  [SINGLE, 'Güneş saati nasıl çalışır?', 3],
  [BROKEN, 'Interrupted, stopped and failed answers', 27],
  [LONG, 'A long conversation', 200],
  ...Array.from({ length: 24 }, (_, index): [string, string, number] => [
    ids(30 + index * 60, `other${'abcdefghijklmnopqrstuvwxyz'[index]}22`),
    `Notes on topic ${index + 1}`,
    30 + index * 60,
  ]),
]

export const CHATS = TITLES.map(([id, title, hours]) => ({ id, title, updated: ago(hours), pinned: id === SINGLE }))

function conversation(id: string, title: string, lanes: Lane[]): FileRecord {
  return {
    type: 'conversation',
    at: ago(2),
    format: 1,
    id,
    owner: 'you',
    title,
    lanes,
    mode: 'parallel',
    history: 'own',
    rag: false,
  }
}

function asked(id: string, parent: string | null, text: string, lanes: Lane[]): FileRecord {
  return {
    type: 'message',
    role: 'user',
    at: ago(2),
    id,
    parent,
    parts: [{ type: 'text', text }],
    lanes: lanes.map((lane) => lane.id),
  }
}

const TEXT: Part[] = [{ type: 'text', text: MARKDOWN }]
const THOUGHT: Part[] = [
  { type: 'reasoning', text: 'A child of ten knows shadows. Begin there.\n\nThen the turning Earth.', ms: 4_200 },
  ...TEXT,
]
const ONE: Lane[] = [{ id: 'a', model: 'ollama/qwen3:8b' }]

export const RECORDS: { [id: string]: FileRecord[] } = {
  [COUNCIL]: [
    conversation(COUNCIL, TITLES[0]?.[1] ?? '', LANES),
    asked('u1', null, 'Explain how a sundial works, with a table and some code.', LANES),
    answer('a1', 'u1', 'a', 'gemini/gemini-3-pro', TEXT, {
      cost: { usd: 0.00512, source: 'priced' },
      timing: { first_token_ms: 620, total_ms: 3_910 },
    }),
    answer('a2', 'u1', 'b', 'ollama/qwen3:8b', THOUGHT),
    answer('a3', 'u1', 'c', 'hf/mistralai/Mistral-7B-Instruct-v0.3', [], {
      status: 'failed',
      finish: null,
      cost: { usd: null, source: 'unknown' },
      usage: { input: null, output: null, reasoning: null, cached: null },
      timing: { first_token_ms: null, total_ms: 910 },
      error: scriptFor('mistral', '').error,
    }),
  ],
  [SINGLE]: [
    conversation(SINGLE, TITLES[1]?.[1] ?? '', ONE),
    asked('u1', null, 'Güneş saati nasıl çalışır? On yaşındaki bir çocuğa anlatır gibi anlat.', ONE),
    answer('a1', 'u1', 'a', 'ollama/qwen3:8b', THOUGHT),
    answer('a1b', 'u1', 'a', 'ollama/qwen3:8b', TEXT),
  ],
  [BROKEN]: [
    conversation(BROKEN, TITLES[2]?.[1] ?? '', ONE),
    asked('u1', null, 'First question', ONE),
    answer('a1', 'u1', 'a', 'ollama/qwen3:8b', [{ type: 'text', text: 'This answer was stopped in the mid' }], {
      status: 'stopped',
      finish: null,
    }),
    asked('u2', 'a1', 'Second question', ONE),
    answer('a2', 'u2', 'a', 'ollama/qwen3:8b', [{ type: 'text', text: 'And this one was interr' }], {
      status: 'interrupted',
      finish: null,
    }),
    asked('u3', 'a2', 'Third question', ONE),
    answer('a3', 'u3', 'a', 'hf/mistralai/Mistral-7B-Instruct-v0.3', [], {
      status: 'failed',
      finish: null,
      error: scriptFor('mistral', '').error,
      cost: { usd: null, source: 'unknown' },
    }),
  ],
  [LONG]: [
    conversation(LONG, TITLES[3]?.[1] ?? '', ONE),
    ...Array.from({ length: 150 }, (_, index) => [
      asked(`u${index}`, index === 0 ? null : `a${index - 1}`, `Question number ${index + 1}`, ONE),
      answer(
        `a${index}`,
        `u${index}`,
        'a',
        'ollama/qwen3:8b',
        index % 5 === 0 ? TEXT : [{ type: 'text', text: `Answer number ${index + 1}.\n\nShort and plain.` }],
      ),
    ]).flat(),
  ],
}

/** What REST answers always alike, by path. */
export const ANSWERS: { [path: string]: unknown } = {
  '/api/models': { models: MODELS, total: Object.values(MODELS).flat().length },
  '/api/models/providers/health': HEALTH,
  '/api/models/personas': { personas: [] },
  '/api/models/budget': { limits: [], level: 'ok' },
  '/api/models/estimate': { lanes: [], usd: 0, complete: true },
  '/api/memory': { about: '', style: '', remembered: [], left_out: 0, sent: '', tokens: 0 },
  '/api/models/suggest': { suggestions: [] },
}
