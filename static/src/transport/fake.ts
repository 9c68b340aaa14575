/**
 * A server in the browser's own memory: for `vite --mode fake`, where the page is looked at without Django,
 * and for tests. It speaks the protocol of docs/protocol.md; its models make up what they say.
 */
import { randomId } from '@/domain/ids'
import { type Change, applyChange } from '@/domain/organising'
import type {
  Ack,
  AnswerHeader,
  AnswerMessage,
  AnyCommand,
  ContinueCommand,
  Event,
  FileRecord,
  Lane,
  Part,
  RegenerateCommand,
  SendCommand,
  UserMessage,
} from '@/protocol/types.gen'

import { ANSWERS, CHATS, RECORDS, type Script, scriptFor } from './fake-data'
import { asLane, now, recordOf } from './fake-records'
import type { Transport, TransportHandlers } from './types'

interface Conversation {
  id: string
  records: FileRecord[]
  live: Map<string, Running>
  row: { [name: string]: unknown }
}

interface Bulk {
  ids: string[]
  action?: 'trash' | 'restore' | 'change'
  change?: Change
}

interface Running {
  header: AnswerHeader
  seq: number
  parts: Part[]
  began: number
  firstAt: number | null
  timer: ReturnType<typeof setTimeout> | undefined
}

const STEP_MS = 33

export class FakeServer {
  private readonly conversations = new Map<string, Conversation>()
  private readonly clients = new Set<FakeTransport>()

  constructor(
    private readonly scripts: (model: string, text: string) => Script = scriptFor,
    private readonly stepMs = STEP_MS,
  ) {}

  static withExamples(): FakeServer {
    const server = new FakeServer()
    for (const row of CHATS) server.add(row.id, RECORDS[row.id] ?? [], row)
    return server
  }

  transport(): Transport {
    return new FakeTransport(this, this.clients)
  }

  add(id: string, records: FileRecord[], row: { [name: string]: unknown } = {}): void {
    this.conversations.set(id, { id, records: [...records], live: new Map(), row })
  }

  handle(command: AnyCommand): Event {
    const ref = command.ref ?? null
    if (command.type === 'watch' || command.type === 'hello') return { type: 'ack', ref }
    if (command.type === 'send') return { ...this.send(command), ref }
    const conversation = this.conversations.get(command.conversation ?? '')
    if (!conversation) return { type: 'error', ref, code: 'not_found', message: '', retryable: false }
    if (command.type === 'open') return this.snapshot(conversation, ref)
    if (command.type === 'regenerate' || command.type === 'continue')
      return { ...this.regenerate(conversation, command), ref }
    if (command.type === 'stop') this.stop(conversation, command.message)
    const record = recordOf(command)
    if (record) this.append(conversation, record)
    return { type: 'ack', ref, conversation: conversation.id }
  }

  private stop(conversation: Conversation, message: string | null | undefined): void {
    for (const id of message ? [message] : conversation.live.keys()) this.end(conversation, id, 'stopped')
  }

  private snapshot(conversation: Conversation, ref: string | null): Event {
    const live = [...conversation.live.values()].map(({ header, seq, parts }) => ({
      message: header,
      seq,
      parts: [...parts],
    }))
    return { type: 'snapshot', ref, conversation: conversation.id, records: [...conversation.records], live }
  }

  private send(command: SendCommand): Ack {
    const lanes = (command.lanes ?? [{ model: 'echo/echo' }]).map(asLane)
    const conversation = this.conversations.get(command.conversation ?? '') ?? this.create(command.text ?? '', lanes)
    const asked = command.lanes ? lanes : this.lanesOf(conversation)
    const head = this.headOf(conversation)
    const message: UserMessage = {
      type: 'message',
      role: 'user',
      at: now(),
      id: command.id ?? randomId(),
      parent: command.parent === undefined ? head : command.parent,
      parts: [{ type: 'text', text: command.text ?? '' }],
      lanes: asked.map((lane) => lane.id),
    }
    this.append(conversation, message)
    const answers = asked.map((lane) => this.start(conversation, message.id, lane, command.text ?? ''))
    return { type: 'ack', ref: null, conversation: conversation.id, message: message.id, answers }
  }

  private create(text: string, lanes: Lane[]): Conversation {
    const stamp = now().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15)
    const id = `${stamp}-${randomId(8)}`
    const title = text.slice(0, 60)
    this.add(id, [
      {
        type: 'conversation',
        at: now(),
        format: 1,
        id,
        owner: 'you',
        title,
        lanes,
        mode: 'parallel',
        history: 'own',
        rag: false,
      },
    ])
    const conversation = this.conversations.get(id)
    if (!conversation) throw new Error('The conversation was just made.')
    return conversation
  }

  private regenerate(conversation: Conversation, command: RegenerateCommand | ContinueCommand): Ack {
    const answer = conversation.records.find(
      (record) => record.type === 'message' && record.id === command.message,
    ) as AnswerMessage
    const lane = { id: answer.lane, model: (command.type === 'regenerate' && command.model) || answer.model }
    const id = this.start(conversation, answer.parent ?? '', lane, 'again')
    return { type: 'ack', ref: null, conversation: conversation.id, message: id, answers: [id] }
  }

  private start(conversation: Conversation, parent: string, lane: Lane, text: string): string {
    const script = this.scripts(lane.model, text)
    const header: AnswerHeader = {
      type: 'message',
      role: 'assistant',
      at: now(),
      id: randomId(),
      parent,
      lane: lane.id,
      model: lane.model,
      status: script.queuedMs > 0 ? 'queued' : 'streaming',
      ...(script.queuedMs > 0 ? { position: 2 } : {}),
    }
    const running: Running = { header, seq: 0, parts: [], began: Date.now(), firstAt: null, timer: undefined }
    conversation.live.set(header.id, running)
    this.broadcast({ type: 'start', conversation: conversation.id, message: header })
    this.activity(conversation)
    running.timer = setTimeout(() => this.begin(conversation, running, script), script.queuedMs)
    return header.id
  }

  private begin(conversation: Conversation, running: Running, script: Script): void {
    if (running.header.status === 'queued') {
      running.header = { ...running.header, status: 'streaming', at: now() }
      running.began = Date.now()
      this.broadcast({ type: 'start', conversation: conversation.id, message: running.header })
    }
    const pieces = [
      ...cut(script.reasoning, script.charsPerStep).map((text) => ({ part: 'reasoning' as const, text })),
      ...cut(script.text, script.charsPerStep).map((text) => ({ part: 'text' as const, text })),
    ]
    running.timer = setTimeout(() => this.step(conversation, running, pieces, script), script.firstTokenMs)
  }

  private step(
    conversation: Conversation,
    running: Running,
    pieces: { part: 'reasoning' | 'text'; text: string }[],
    script: Script,
  ): void {
    const piece = pieces.shift()
    if (!piece) {
      this.end(conversation, running.header.id, script.error ? 'failed' : 'complete', script)
      return
    }
    running.firstAt ??= Date.now()
    const last = running.parts.at(-1)
    if (last?.type === piece.part) running.parts[running.parts.length - 1] = { ...last, text: last.text + piece.text }
    else running.parts.push({ type: piece.part, text: piece.text })
    const { id } = running.header
    this.broadcast({ type: 'delta', conversation: conversation.id, message: id, seq: running.seq, ...piece })
    running.seq += 1
    running.timer = setTimeout(() => this.step(conversation, running, pieces, script), this.stepMs)
  }

  private end(conversation: Conversation, id: string, status: AnswerMessage['status'], script?: Script): void {
    const running = conversation.live.get(id)
    if (!running) return
    clearTimeout(running.timer)
    conversation.live.delete(id)
    const { status: _status, position: _position, continues: _continues, ...header } = running.header
    const total = Date.now() - running.began
    const first = running.firstAt === null ? null : running.firstAt - running.began
    const letters = running.parts.reduce((sum, part) => sum + ('text' in part ? part.text.length : 0), 0)
    this.append(conversation, {
      ...header,
      at: now(),
      parts: running.parts.map((part) => (part.type === 'reasoning' ? { ...part, ms: Math.round(total / 3) } : part)),
      status,
      usage: { input: 24, output: Math.ceil(letters / 4), reasoning: null, cached: null },
      cost: script?.cost ?? { usd: null, source: 'unknown' },
      timing: { first_token_ms: first, total_ms: total },
      finish: status === 'complete' ? 'stop' : null,
      ...(script?.error ? { error: script.error } : {}),
    })
    this.activity(conversation)
  }

  private append(conversation: Conversation, record: FileRecord): void {
    conversation.records.push(record)
    this.broadcast({ type: 'record', conversation: conversation.id, record })
  }

  private activity(conversation: Conversation): void {
    this.broadcast({
      type: 'activity',
      conversation: conversation.id,
      answering: conversation.live.size,
      updated: now(),
      title: this.rowOf(conversation).title,
    })
  }

  private broadcast(event: Event): void {
    for (const client of this.clients) client.deliver(event)
  }

  private lanesOf(conversation: Conversation): Lane[] {
    return conversation.records.reduce<Lane[]>(
      (lanes, record) => ('lanes' in record && record.type !== 'message' && record.lanes ? record.lanes : lanes),
      [],
    )
  }

  private headOf(conversation: Conversation): string | null {
    const last = conversation.records.findLast((record) => record.type === 'head' || record.type === 'message')
    if (last?.type === 'head') return last.message
    return last?.type === 'message' ? last.id : null
  }

  private rowOf(conversation: Conversation) {
    const settings = Object.assign(
      {},
      ...conversation.records.filter((record) => record.type === 'conversation' || record.type === 'settings'),
    ) as {
      title?: string
      pinned?: boolean
      archived?: boolean
      folder?: string | null
      tags?: string[]
    }
    return {
      id: conversation.id,
      created: now(),
      updated: conversation.records.at(-1)?.at ?? now(),
      models: this.lanesOf(conversation).map((lane) => lane.model),
      messages: conversation.records.filter((record) => record.type === 'message').length,
      folder: settings.folder ?? null,
      tags: settings.tags ?? [],
      pinned: settings.pinned ?? false,
      archived: settings.archived ?? false,
      answering: conversation.live.size,
      ...conversation.row,
      title: settings.title || String(conversation.row.title ?? ''),
    }
  }

  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const { pathname, searchParams } = new URL(url, 'http://fake.invalid')
    const id = /^\/api\/conversations\/([^/]+)/.exec(pathname)?.[1] ?? ''
    const conversation = this.conversations.get(id)
    if (pathname in ANSWERS) return json(ANSWERS[pathname])
    if (pathname === '/api/conversations') return json({ conversations: this.rows(searchParams), next: null })
    if (pathname === '/api/conversations/labels') return json(this.labels())
    if (pathname === '/api/conversations/bulk') return json(this.bulk(JSON.parse(String(init.body)) as Bulk))
    if (!conversation) return json({ error: { code: 'not_found', message: '', retryable: false } }, 404)
    if (init.method === 'PATCH') {
      const change = JSON.parse(String(init.body)) as { [name: string]: unknown }
      conversation.row = { ...conversation.row, ...change }
      this.append(conversation, { type: 'settings', at: now(), ...change })
    }
    return json(this.rowOf(conversation))
  }

  private bulk({ ids, action, change = {} }: Bulk) {
    for (const id of ids) {
      const conversation = this.conversations.get(id)
      if (!conversation) continue
      conversation.row = {
        ...conversation.row,
        ...(action && action !== 'change'
          ? { gone: action === 'trash' }
          : applyChange(this.rowOf(conversation), change)),
      }
    }
    return { done: ids, failed: {} }
  }

  private labels() {
    const rows = this.rows(new URLSearchParams())
    const counted = (names: string[]) =>
      [...new Set(names)].map((name) => ({ name, count: names.filter((other) => other === name).length }))
    return { folders: counted(rows.flatMap((row) => row.folder ?? [])), tags: counted(rows.flatMap((row) => row.tags)) }
  }

  private rows(wanted: URLSearchParams) {
    const query = (wanted.get('q') ?? '').toLocaleLowerCase()
    return [...this.conversations.values()]
      .filter((conversation) => !conversation.row.gone)
      .map((conversation) => this.rowOf(conversation))
      .filter(
        (row) =>
          row.archived === (wanted.get('archived') === 'true') &&
          (!wanted.has('folder') || (row.folder ?? '') === wanted.get('folder')) &&
          row.title.toLocaleLowerCase().includes(query),
      )
      .sort((one, other) => Number(other.pinned) - Number(one.pinned) || other.updated.localeCompare(one.updated))
  }
}

class FakeTransport implements Transport {
  private handlers: TransportHandlers | null = null

  constructor(
    private readonly server: FakeServer,
    private readonly clients: Set<FakeTransport>,
  ) {}

  start(handlers: TransportHandlers): void {
    this.handlers = handlers
    this.clients.add(this)
    queueMicrotask(() => {
      handlers.state('open')
      this.deliver({ type: 'ready', protocol: 1, user: 'you', server_time: now() })
    })
  }

  send(command: AnyCommand): boolean {
    queueMicrotask(() => this.deliver(this.server.handle(command)))
    return true
  }

  deliver(event: Event): void {
    this.handlers?.event(structuredClone(event))
  }

  retryNow(): void {}

  stop(): void {
    this.handlers = null
    this.clients.delete(this)
  }
}

/** The record that a command leaves behind, where it is no more than that. */
function cut(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  )
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}
