// @vitest-environment jsdom
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { AnyCommand } from '@/protocol/types.gen'
import { FakeServer } from '@/transport/fake'
import { Http } from '@/transport/http'

import { useChat } from './chat'
import { CommandError, useConnection } from './connection'
import { useOutbox } from './outbox'

let commands: AnyCommand[]

beforeEach(async () => {
  vi.useFakeTimers()
  localStorage.clear()
  setActivePinia(createPinia())
  const server = new FakeServer()
  const transport = server.transport()
  const pass = transport.send.bind(transport)
  commands = []
  vi.spyOn(transport, 'send').mockImplementation((command) => {
    commands.push(command)
    return pass(command)
  })
  useChat().start()
  useConnection().start(transport, new Http(server.fetch), () => {})
  await vi.advanceTimersByTimeAsync(50)
})

afterEach(() => {
  vi.useRealTimers()
})

describe('a new chat', () => {
  it('sends all that was written before a new chat had its conversation into that one, in its order', async () => {
    const options = { lanes: [{ model: 'echo/echo' }], choices: { a: 'echo/echo' } }
    const sendings = ['One', 'Two', 'Three'].map((text) => useOutbox().send({ text, attachments: [], options }))
    await vi.advanceTimersByTimeAsync(50)
    const [first, ...others] = await Promise.all(sendings)
    expect(others).toEqual([first, first])
    const sent = commands.filter((command) => command.type === 'send')
    expect(sent.map(({ text, conversation }) => [text, conversation])).toEqual([
      ['One', null],
      ['Two', first],
      ['Three', first],
    ])
    expect(sent.map(({ lanes }) => lanes)).toEqual([options.lanes, undefined, undefined])
    expect(sent.map(({ choices }) => choices)).toEqual([options.choices, options.choices, options.choices])
  })

  it('begins with the next where the first was refused, and anew in another new chat', async () => {
    const outbox = useOutbox()
    const send = (text: string) => outbox.send({ text, attachments: [], options: {} })
    const refused = new CommandError('rate_limited', '', true)
    vi.spyOn(useConnection(), 'request').mockRejectedValueOnce(refused)
    const sendings = [send('One'), send('Two'), send('Three')]
    const outcome = expect(sendings[0]).rejects.toBe(refused)
    await vi.advanceTimersByTimeAsync(50)
    await outcome
    expect(await sendings[2]).toBe(await sendings[1])
    const other = send('Four')
    await useChat().open((await sendings[1]) ?? '')
    void useChat().open(null)
    const another = send('Five')
    await vi.advanceTimersByTimeAsync(50)
    expect(await another).not.toBe(await other)
  })
})
