import { useI18n } from 'vue-i18n'

import type { Ack, AnswerMessage, AnyCommand, ParamsInput, SynthesizeCommand } from '@/protocol/types.gen'
import { useChat } from '@/stores/chat'
import { useDialogs } from '@/stores/dialogs'
import { useToasts } from '@/stores/toasts'

import { useFailure } from './useFailure'
import { useLocation } from './useLocation'

/** How another answer is to differ; what is not said stays as the lane has it. */
export interface RegenerateWish {
  model?: string
  params?: ParamsInput
}

/** What a reader can do to messages; each failure becomes a toast in plain words. */
export function useActions() {
  const { t } = useI18n()
  const chat = useChat()
  const toasts = useToasts()
  const dialogs = useDialogs()
  const location = useLocation()
  const { attempt } = useFailure()

  function regenerate(answer: AnswerMessage, wish: RegenerateWish = {}): Promise<boolean> {
    const { parent, speaker } = answer
    // A line of a dialogue is said again, and the dialogue runs on from it.
    if (speaker)
      return attempt(() =>
        chat.command((conversation) => ({ type: 'direct', conversation, action: 'next', parent, speaker })),
      )
    return attempt(() =>
      ask(answer, (conversation) => ({ type: 'regenerate', conversation, message: answer.id, ...wish })),
    )
  }

  function resume(answer: AnswerMessage): Promise<boolean> {
    return attempt(() => ask(answer, (conversation) => ({ type: 'continue', conversation, message: answer.id })))
  }

  /** The new answer is what one looks at from now on, also where the conversation has gone on from another. */
  async function ask({ parent, lane }: AnswerMessage, make: (conversation: string) => AnyCommand): Promise<void> {
    const [made] = ((await chat.command(make)) as Ack).answers ?? []
    if (parent !== null && made !== undefined) chat.pick(parent, lane, made)
  }

  function vote(message: string, value: 1 | -1): Promise<boolean> {
    return attempt(() => chat.command((conversation) => ({ type: 'vote', conversation, message, value })))
  }

  function prefer(message: string, over: readonly string[]): Promise<boolean> {
    return attempt(() =>
      chat.command((conversation) => ({ type: 'vote', conversation, message, preferred_over: [...over] })),
    )
  }

  function equal(message: string, others: readonly string[], how: 'tie' | 'both_bad'): Promise<boolean> {
    return attempt(() => chat.command((conversation) => ({ type: 'vote', conversation, message, [how]: [...others] })))
  }

  function goOnFrom(message: string): Promise<boolean> {
    return attempt(() => chat.goTo(message))
  }

  function endAt(message: string): Promise<boolean> {
    return attempt(() => chat.endAt(message))
  }

  async function branch(message: string): Promise<void> {
    const name = await dialogs.ask({
      title: t('message.branch'),
      label: t('message.branchName'),
      confirm: t('common.save'),
    })
    if (!name) return
    const made = await attempt(() => chat.command((conversation) => ({ type: 'branch', conversation, message, name })))
    if (made) toasts.show(t('message.branchMade', { name }))
  }

  /** Of a dialogue between models: the line is said anew, and it runs on from there. */
  function editLine(message: string, text: string): Promise<boolean> {
    return attempt(() =>
      chat.command((conversation) => ({ type: 'direct', conversation, action: 'edit', message, text })),
    )
  }

  async function fork(message: string): Promise<void> {
    await attempt(async () => {
      const made = (await chat.command((conversation) => ({ type: 'fork', conversation, message }))) as Ack
      if (!made.conversation) return
      location.go(made.conversation)
      toasts.show(t('branches.forked'))
    })
  }

  async function remove(message: string): Promise<void> {
    const sure = await dialogs.ask({ title: t('message.deleteAsk'), confirm: t('common.delete'), danger: true })
    if (sure === null) return
    const done = await attempt(() => chat.command((conversation) => ({ type: 'delete', conversation, message })))
    if (done) toasts.show(t('message.deleted'))
  }

  function synthesize(message: string, model: string, kind: NonNullable<SynthesizeCommand['kind']>): Promise<boolean> {
    return attempt(() => chat.command((conversation) => ({ type: 'synthesize', conversation, message, model, kind })))
  }

  function stop(message?: string): Promise<boolean> {
    return attempt(() => chat.stop(message))
  }

  return { regenerate, resume, vote, prefer, equal, goOnFrom, endAt, branch, fork, editLine, remove, synthesize, stop }
}
