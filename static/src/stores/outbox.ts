import { defineStore } from 'pinia'
import { ref, watch } from 'vue'

import { randomId } from '@/domain/ids'
import type { Ack, AskedDocument, AttachmentPart, DirectCommand, SendCommand } from '@/protocol/types.gen'

import { useChat } from './chat'
import { CommandError, useConnection } from './connection'

const GIVE_UP_MS = 45_000

export interface Outgoing {
  text: string
  attachments: AttachmentPart[]
  documents?: readonly AskedDocument[]
  /** One more line of a dialogue between models. */
  line?: boolean
  /** Absent: after what is shown. Null: a new beginning. */
  parent?: string | null
  options: Pick<
    SendCommand,
    'lanes' | 'mode' | 'relay' | 'history' | 'blind' | 'rag' | 'tools' | 'web' | 'titles' | 'temporary' | 'choices'
  >
}

export interface Pending extends Outgoing {
  id: string
  conversation: string | null
  at: string
  /** `posted`: the server has it, and its record is on the way. */
  status: 'sending' | 'posted'
}

/**
 * Messages on their way. Each has its id from the start, and sending an id twice posts once: after a
 * broken connection it is simply sent again.
 */
export const useOutbox = defineStore('outbox', () => {
  const connection = useConnection()
  const chat = useChat()
  const pending = ref<Pending[]>([])
  /** How often something was sent: whoever sends wants to see it arrive. */
  const posted = ref(0)
  /** The message on its way that begins the conversation of the new chat on the page. */
  let beginning: Promise<string> | null = null
  watch(
    () => chat.id,
    () => (beginning = null),
    { flush: 'sync' },
  )

  /** Resolves with the conversation's id once the server has the message; rejects where it will not have it. */
  async function send(outgoing: Outgoing): Promise<string> {
    const message: Pending = {
      ...outgoing,
      id: randomId(),
      conversation: chat.id,
      at: new Date().toISOString(),
      status: 'sending',
    }
    pending.value = [...pending.value, message]
    posted.value += 1
    try {
      const conversation = await (message.conversation === null ? begin(message) : post(message))
      if (message.options.temporary) chat.setTemporary(conversation, true)
      // It stays on the page until its record comes, now as part of the conversation that it began.
      pending.value = pending.value.map((one) =>
        one.id === message.id ? { ...one, conversation, status: 'posted' } : one,
      )
      return conversation
    } catch (failure) {
      forget(message.id)
      throw failure
    }
  }

  /** One message begins the conversation of a new chat; those that are sent before it has one follow it there. */
  async function begin(message: Pending): Promise<string> {
    if (beginning) {
      const conversation = await beginning.catch(() => null)
      return conversation ? post(follow(message, conversation)) : begin(message)
    }
    const posting = post(message).finally(() => {
      if (beginning === posting) beginning = null
    })
    beginning = posting
    return posting
  }

  /** The message as one of that conversation, whose lanes and settings are there already. */
  function follow(message: Pending, conversation: string): Pending {
    const { choices } = message.options
    const following = { ...message, conversation, options: choices ? { choices } : {} }
    pending.value = pending.value.map((one) => (one.id === message.id ? following : one))
    return following
  }

  async function post(message: Pending): Promise<string> {
    const deadline = Date.now() + GIVE_UP_MS
    for (;;) {
      try {
        const ack = (await connection.request(commandOf(message))) as Ack
        return ack.conversation ?? message.conversation ?? ''
      } catch (failure) {
        const code = failure instanceof CommandError ? failure.code : 'internal'
        const again = (code === 'unreachable' || code === 'timeout') && Date.now() < deadline
        if (!again) throw failure
        if (code === 'unreachable' && !(await nextReady(deadline))) throw failure
      }
    }
  }

  function nextReady(deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(false), Math.max(0, deadline - Date.now()))
      const forgetListener = connection.onReady(() => done(true))
      function done(ready: boolean): void {
        clearTimeout(timer)
        forgetListener()
        resolve(ready)
      }
    })
  }

  function forget(id: string): void {
    pending.value = pending.value.filter((message) => message.id !== id)
  }

  connection.onEvent((event) => {
    if (event.type === 'record' && event.record.type === 'message') forget(event.record.id)
    if (event.type === 'snapshot') {
      const ids = new Set(event.records.flatMap((record) => (record.type === 'message' ? [record.id] : [])))
      pending.value = pending.value.filter((message) => !ids.has(message.id))
    }
  })

  return { pending, posted, send }
})

function commandOf({
  id,
  conversation,
  text,
  line,
  attachments,
  documents = [],
  parent,
  options,
}: Pending): SendCommand | DirectCommand {
  const attached = attachments.length > 0 ? { attachments: attachments.map((part) => part.sha256) } : {}
  if (line && conversation !== null) return { type: 'direct', conversation, action: 'say', id, text, ...attached }
  return {
    type: 'send',
    conversation,
    id,
    text,
    ...(parent === undefined ? {} : { parent }),
    ...attached,
    ...(documents.length > 0 ? { documents: documents.map((document) => document.id) } : {}),
    ...options,
  }
}
