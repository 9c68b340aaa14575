// @vitest-environment jsdom
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { partsText } from '@/domain/timeline'
import type { AnyCommand, Event } from '@/protocol/types.gen'
import { FakeServer } from '@/transport/fake'
import { Http } from '@/transport/http'
import type { Transport, TransportHandlers } from '@/transport/types'

import { useChat } from './chat'
import { useChats } from './chats'
import { CommandError, useConnection } from './connection'
import { useDocuments } from './documents'
import { useDrafts } from './drafts'
import { useLanes } from './lanes'
import { useOutbox } from './outbox'

/** A transport in the test's hand: it can lose the connection, and what comes can be held back or dropped. */
class Line implements Transport {
  handlers: TransportHandlers | null = null
  inner: Transport
  up = true
  sent: AnyCommand[] = []
  filter: (event: Event) => boolean = () => true

  constructor(server: FakeServer) {
    this.inner = server.transport()
  }

  start(handlers: TransportHandlers): void {
    this.handlers = handlers
    this.inner.start({ ...handlers, event: (event) => this.up && this.filter(event) && handlers.event(event) })
  }

  send(command: AnyCommand): boolean {
    if (!this.up) return false
    this.sent.push(command)
    return this.inner.send(command)
  }

  cut(): void {
    this.up = false
    this.handlers?.state('waiting')
  }

  mend(): void {
    this.up = true
    this.handlers?.state('open')
    this.handlers?.event({ type: 'ready', protocol: 1, user: 'me', server_time: new Date().toISOString() })
  }

  retryNow(): void {}
  stop(): void {}
}

let server: FakeServer
let line: Line

beforeEach(async () => {
  vi.useFakeTimers()
  localStorage.clear()
  setActivePinia(createPinia())
  server = new FakeServer()
  line = new Line(server)
  useChat().start()
  useChats().start()
  useConnection().start(line, new Http(server.fetch), () => {})
  await vi.advanceTimersByTimeAsync(50)
})

afterEach(() => {
  vi.useRealTimers()
})

async function sendFirst(text: string): Promise<string> {
  const sending = useOutbox().send({ text, attachments: [], options: { lanes: [{ id: 'a', model: 'echo/echo' }] } })
  await vi.advanceTimersByTimeAsync(20)
  const id = await sending
  await useChat().open(id)
  await vi.advanceTimersByTimeAsync(20)
  return id
}

function shownText(): string {
  const chat = useChat()
  const answer = chat.turns.at(-1)?.cells[0]?.shown ?? ''
  const parts = chat.live.get(answer)?.value.parts ?? chat.state.messages.get(answer)?.parts ?? []
  return partsText(parts, 'text')
}

describe('a conversation on the page', () => {
  it('streams an answer and keeps it when it has ended', async () => {
    await sendFirst('Hello')
    const chat = useChat()
    expect(chat.streaming).toBe(true)
    await vi.runAllTimersAsync()
    expect(chat.streaming).toBe(false)
    expect(shownText()).toBe('You said: Hello')
    expect(chat.announcement?.kind).toBe('complete')
  })

  it('opens again where a delta is missing, and ends with the whole text', async () => {
    await sendFirst('Hello, this is long enough for many pieces of text to come.')
    let dropped = false
    line.filter = (event) => {
      if (dropped || event.type !== 'delta' || event.seq !== 3) return true
      dropped = true
      return false
    }
    const opens = line.sent.filter((command) => command.type === 'open').length
    await vi.runAllTimersAsync()
    expect(dropped).toBe(true)
    expect(line.sent.filter((command) => command.type === 'open')).toHaveLength(opens + 1)
    expect(shownText()).toContain('mark the end of its shadow each hour.')
    expect(shownText().match(/How it works/g)).toHaveLength(1)
  })

  it('has the whole text after the connection was lost in the middle', async () => {
    await sendFirst('Hello, this is long enough for many pieces of text to come.')
    await vi.advanceTimersByTimeAsync(600)
    line.cut()
    await vi.runAllTimersAsync()
    expect(shownText()).not.toContain('each hour.')
    line.mend()
    await vi.runAllTimersAsync()
    expect(shownText()).toContain('each hour.')
    expect(useChat().streaming).toBe(false)
  })

  it('does not mix up conversations that are switched quickly', async () => {
    const first = await sendFirst('One')
    await vi.runAllTimersAsync()
    const chat = useChat()
    await chat.open(null)
    const second = await sendFirst('Two')
    const opening = [chat.open(first), chat.open(second), chat.open(first)]
    await vi.runAllTimersAsync()
    await Promise.all(opening)
    expect(chat.id).toBe(first)
    expect(shownText()).toBe('You said: One')
  })

  it('says so where it does not exist', async () => {
    const chat = useChat()
    const opening = chat.open('20200101-000000-aaaaaaaa')
    await vi.advanceTimersByTimeAsync(20)
    await opening
    expect(chat.phase).toBe('missing')
  })

  it('goes back to an earlier version and the path follows', async () => {
    await sendFirst('Hello')
    await vi.runAllTimersAsync()
    const chat = useChat()
    const [turn] = chat.turns
    const first = turn?.cells[0]?.shown ?? ''
    void chat.command((conversation) => ({ type: 'regenerate', conversation, message: first }))
    await vi.runAllTimersAsync()
    const [now] = chat.turns
    expect(now?.cells[0]?.versions).toHaveLength(2)
    expect(now?.cells[0]?.shown).not.toBe(first)
    if (now) void chat.showVersion(now, 'a', first)
    await vi.runAllTimersAsync()
    expect(chat.turns[0]?.cells[0]).toMatchObject({ shown: first, onPath: true })
    expect(chat.state.head).toBe(first)
  })
})

describe('the outbox', () => {
  it('shows a message at once and drops its own copy when the record comes', async () => {
    const outbox = useOutbox()
    const sending = outbox.send({ text: 'Hi', attachments: [], options: { lanes: [{ model: 'echo/echo' }] } })
    expect(outbox.pending).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(20)
    await sending
    expect(outbox.pending).toHaveLength(0)
  })

  it('sends again with the same id after the connection came back', async () => {
    line.cut()
    const sending = useOutbox().send({ text: 'Hi', attachments: [], options: { lanes: [{ model: 'echo/echo' }] } })
    await vi.advanceTimersByTimeAsync(3_000)
    expect(line.sent.filter((command) => command.type === 'send')).toHaveLength(0)
    line.mend()
    await vi.advanceTimersByTimeAsync(50)
    expect(await sending).toMatch(/^\d{8}-\d{6}-/)
    expect(line.sent.filter((command) => command.type === 'send')).toHaveLength(1)
  })

  it('gives up in the end, so that the text can go back into the box', async () => {
    line.cut()
    const outbox = useOutbox()
    const sending = outbox.send({ text: 'Hi', attachments: [], options: {} })
    const outcome = expect(sending).rejects.toBeInstanceOf(CommandError)
    await vi.advanceTimersByTimeAsync(60_000)
    await outcome
    expect(outbox.pending).toHaveLength(0)
  })
})

describe('the connection', () => {
  it('fails what waits for an answer when the line goes dead, and shows trouble only after a while', async () => {
    const connection = useConnection()
    line.filter = (event) => event.type !== 'ack'
    const asked = connection.request({ type: 'watch' })
    const outcome = expect(asked).rejects.toMatchObject({ code: 'unreachable', retryable: true })
    line.cut()
    await outcome
    expect(connection.troubled).toBe(false)
    await vi.advanceTimersByTimeAsync(4_500)
    expect(connection.troubled).toBe(true)
    line.mend()
    expect(connection.troubled).toBe(false)
  })
})

describe('the list of conversations', () => {
  it('marks one that answers, and one whose answer nobody has seen', async () => {
    const chats = useChats()
    const id = await sendFirst('Hello')
    await vi.advanceTimersByTimeAsync(20)
    expect(chats.rows.find((row) => row.id === id)?.answering).toBe(1)
    chats.show(null)
    await vi.runAllTimersAsync()
    expect(chats.rows.find((row) => row.id === id)?.answering).toBe(0)
    expect(chats.unreadIds.has(id)).toBe(true)
    chats.show(id)
    expect(chats.unreadIds.has(id)).toBe(false)
  })

  it('keeps what happened while the server was asked for older rows', async () => {
    const chats = useChats()
    const id = await sendFirst('Hello')
    await vi.runAllTimersAsync()
    const loading = chats.load()
    line.handlers?.event({ type: 'activity', conversation: id, tags: ['new'] })
    await vi.runAllTimersAsync()
    await loading
    expect(chats.find(id)?.tags).toEqual(['new'])
    const again = chats.load()
    line.handlers?.event({ type: 'activity', conversation: id, removed: true })
    await vi.runAllTimersAsync()
    await again
    expect(chats.find(id)).toBeUndefined()
  })

  it('adds to a row the models of answers that ended after it was read', async () => {
    const chats = useChats()
    const id = await sendFirst('Hello')
    await vi.runAllTimersAsync()
    const before = chats.find(id)?.models ?? []
    line.handlers?.event({ type: 'activity', conversation: id, answered: ['other/late', ...before] })
    line.handlers?.event({ type: 'activity', conversation: id, answering: 0 })
    expect(chats.find(id)?.models).toEqual([...before, 'other/late'])
    line.handlers?.event({ type: 'activity', conversation: id, removed: false })
    expect(chats.find(id)).not.toHaveProperty('removed')
  })

  it('asks for its rows once it is told of changes, so that none falls between', async () => {
    const chats = useChats()
    line.filter = () => false
    line.mend()
    await vi.advanceTimersByTimeAsync(50)
    const other = server.transport()
    other.start({ event: () => {}, state: () => {}, unauthenticated: () => {} })
    other.send({ type: 'send', id: 'q', conversation: null, text: 'Unheard', lanes: [{ model: 'echo/echo' }] })
    await vi.runAllTimersAsync()
    expect(chats.rows).toHaveLength(1)
  })

  it('keeps one that began while the server was asked for the others', async () => {
    const chats = useChats()
    const id = await sendFirst('Hello')
    await vi.runAllTimersAsync()
    const get = vi.spyOn(useConnection().http, 'call').mockResolvedValueOnce({ conversations: [], next: null } as never)
    const loading = chats.load()
    line.handlers?.event({ type: 'activity', conversation: id, answering: 0 })
    await loading
    get.mockRestore()
    await vi.runAllTimersAsync()
    expect(chats.find(id)?.title).toBe('Hello')
  })

  it('leaves a deleted one away when its new name comes back from the server', async () => {
    const chats = useChats()
    const id = await sendFirst('Hello')
    await vi.runAllTimersAsync()
    const rows = chats.rows.slice(0, 1)
    let answer: (row: object) => void = () => {}
    const { http } = useConnection()
    const call = http.call.bind(http) as (name: string, given: object) => Promise<unknown>
    vi.spyOn(http, 'call').mockImplementation(((name: string, given: object) =>
      name.startsWith('PATCH')
        ? new Promise((resolve) => (answer = resolve as typeof answer))
        : call(name, given)) as never)
    const renaming = chats.rename(id, 'Renamed')
    void chats.trash(rows)
    await vi.runAllTimersAsync()
    answer({ ...rows[0], title: 'Renamed' })
    await renaming
    expect(chats.find(id)).toBeUndefined()
  })

  it('takes a deleted one away at once, and brings it back', async () => {
    const chats = useChats()
    const id = await sendFirst('Hello')
    await vi.runAllTimersAsync()
    void chats.trash(chats.rows.filter((row) => row.id === id))
    expect(chats.rows.map((row) => row.id)).not.toContain(id)
    await vi.runAllTimersAsync()
    void chats.restore([id])
    await vi.runAllTimersAsync()
    expect(chats.rows.map((row) => row.id)).toContain(id)
  })
})

describe('documents', () => {
  it('are what the last question found, whichever answer comes last', async () => {
    const answers: ((documents: object[]) => void)[] = []
    vi.spyOn(useConnection().http, 'call').mockImplementation(
      () => new Promise((resolve) => answers.push((documents) => resolve({ documents }))),
    )
    const documents = useDocuments()
    void documents.load()
    void documents.load()
    answers[1]?.([{ id: 1, status: 'ready' }])
    await vi.advanceTimersByTimeAsync(0)
    answers[0]?.([])
    await vi.advanceTimersByTimeAsync(0)
    expect(documents.rows).toHaveLength(1)
  })
})

describe('the lanes of a conversation', () => {
  const models = (): string[] => useLanes().lanes.map((lane) => lane.model)

  it('take a second change while the first is on its way', async () => {
    await sendFirst('Hello')
    await vi.runAllTimersAsync()
    void useLanes().add({ model: 'fake/two' })
    void useLanes().add({ model: 'fake/three' })
    expect(models()).toEqual(['echo/echo', 'fake/two', 'fake/three'])
    await vi.runAllTimersAsync()
    expect(useChat().state.settings.lanes.map((lane) => lane.model)).toEqual(['echo/echo', 'fake/two', 'fake/three'])
  })

  it('are as they were where the server did not hear of a change', async () => {
    await sendFirst('Hello')
    await vi.runAllTimersAsync()
    line.up = false
    await expect(useLanes().add({ model: 'fake/two' })).rejects.toThrow(CommandError)
    expect(models()).toEqual(['echo/echo'])
  })
})

describe('drafts', () => {
  it('are kept for each conversation, and an empty one leaves nothing behind', () => {
    const drafts = useDrafts()
    drafts.write(null, { text: 'for a new one', attachments: [] })
    drafts.write('20261120-104233-k3v9x2qd', { text: 'for that one', attachments: [] })
    expect(drafts.read(null).text).toBe('for a new one')
    expect(drafts.read('20261120-104233-k3v9x2qd').text).toBe('for that one')
    drafts.write(null, { text: '', attachments: [] })
    expect(localStorage.getItem('divan.draft.new')).toBeNull()
  })

  it('do without a storage that is full or forbidden', () => {
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError')
    })
    const drafts = useDrafts()
    expect(() => drafts.write(null, { text: 'x', attachments: [] })).not.toThrow()
  })
})
