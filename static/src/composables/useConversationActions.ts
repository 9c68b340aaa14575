import { useI18n } from 'vue-i18n'

import { type Change, undoSteps } from '@/domain/organising'
import { type ChatRow, type Outcome, useChats } from '@/stores/chats'
import { useDialogs } from '@/stores/dialogs'
import { useSelection } from '@/stores/selection'
import { useToasts } from '@/stores/toasts'

import { useFailure } from './useFailure'
import { useLocation } from './useLocation'

/** What can be done to conversations of the list, one or many. All of it can be taken back. */
export function useConversationActions() {
  const { t } = useI18n()
  const chats = useChats()
  const dialogs = useDialogs()
  const selection = useSelection()
  const toasts = useToasts()
  const location = useLocation()
  const { attempt } = useFailure()

  function nameOf(rows: readonly ChatRow[]): string {
    const [first] = rows
    if (rows.length !== 1 || !first) return t('organise.many', { count: rows.length })
    return t('organise.one', { title: first.title || t('sidebar.untitled') })
  }

  async function change(rows: readonly ChatRow[], to: Change, said: string): Promise<void> {
    const steps = undoSteps(rows, to)
    if (steps.length === 0) return
    let outcome: Outcome | undefined
    await attempt(async () => {
      outcome = await chats.change(rows, to)
    })
    if (!outcome) return
    if (rows.length > 1) selection.clear()
    say(outcome, said, () =>
      attempt(async () => {
        for (const step of steps)
          await chats.change(
            step.ids.flatMap((id) => now(id, rows, to)),
            step.change,
          )
      }),
    )
  }

  /** A row as it stands now, or as the change left it where the list no longer shows it. */
  function now(id: string, rows: readonly ChatRow[], to: Change): ChatRow[] {
    const row = chats.find(id) ?? rows.find((known) => known.id === id)
    return row ? [{ ...row, ...(to.archived === undefined ? {} : { archived: to.archived }) }] : []
  }

  function say(outcome: Outcome, said: string, undo: () => Promise<unknown>): void {
    const [reason] = Object.values(outcome.failed)
    if (reason)
      toasts.show(t('organise.failed', { count: Object.keys(outcome.failed).length, reason }), { tone: 'error' })
    if (outcome.done.length > 0) toasts.show(said, { action: { label: t('common.undo'), run: () => void undo() } })
  }

  const archive = (rows: readonly ChatRow[], archived: boolean): Promise<void> =>
    change(rows, { archived }, t(archived ? 'organise.archived' : 'organise.unarchived', { what: nameOf(rows) }))

  const pin = (rows: readonly ChatRow[], pinned: boolean): Promise<void> =>
    change(rows, { pinned }, t(pinned ? 'organise.pinned' : 'organise.unpinned', { what: nameOf(rows) }))

  const move = (rows: readonly ChatRow[], folder: string | null): Promise<void> =>
    change(
      rows,
      { folder },
      folder === null
        ? t('organise.movedOut', { what: nameOf(rows) })
        : t('organise.moved', { what: nameOf(rows), folder }),
    )

  const addTag = (rows: readonly ChatRow[], tag: string): Promise<void> =>
    change(rows, { add_tags: [tag] }, t('organise.tagged', { what: nameOf(rows), tag }))

  const removeTag = (rows: readonly ChatRow[], tag: string): Promise<void> =>
    change(rows, { remove_tags: [tag] }, t('organise.untagged', { what: nameOf(rows), tag }))

  async function trash(rows: readonly ChatRow[]): Promise<void> {
    const shown = location.conversation.value
    let outcome: Outcome | undefined
    await attempt(async () => {
      outcome = await chats.trash(rows)
    })
    if (!outcome) return
    selection.clear()
    if (shown !== null && outcome.done.includes(shown)) location.go(null)
    const { done } = outcome
    say(outcome, t('organise.deleted', { what: nameOf(rows) }), () => attempt(() => chats.restore(done)))
  }

  async function rename(row: ChatRow): Promise<void> {
    const name = await dialogs.ask({
      title: t('common.rename'),
      label: t('header.title'),
      value: row.title,
      confirm: t('common.rename'),
    })
    if (name && name !== row.title) await attempt(() => chats.rename(row.id, name))
  }

  async function moveToNew(rows: readonly ChatRow[]): Promise<void> {
    const name = await dialogs.ask({
      title: t('organise.newFolder'),
      label: t('organise.folderName'),
      confirm: t('common.save'),
    })
    if (name) await move(rows, name)
  }

  async function addNewTag(rows: readonly ChatRow[]): Promise<void> {
    const name = await dialogs.ask({
      title: t('organise.newTag'),
      label: t('organise.tagName'),
      confirm: t('common.save'),
    })
    if (name) await addTag(rows, name)
  }

  async function renameFolder(name: string): Promise<void> {
    const asked = {
      title: t('organise.renameFolder'),
      label: t('organise.folderName'),
      value: name,
      confirm: t('common.rename'),
    }
    const to = await dialogs.ask(asked)
    if (to && to !== name) await refile(name, to, t('organise.folderRenamed', { folder: to }))
  }

  const dissolve = (name: string): Promise<void> => refile(name, null, t('organise.folderGone', { folder: name }))

  async function refile(name: string, to: string | null, said: string): Promise<void> {
    let outcome: Outcome | undefined
    await attempt(async () => {
      outcome = await chats.moveFolder(name, to)
    })
    if (!outcome) return
    const { done } = outcome
    say(outcome, said, () => attempt(() => chats.moveToFolder(done, name)))
  }

  return { archive, pin, rename, move, moveToNew, addTag, addNewTag, removeTag, trash, renameFolder, dissolve }
}
