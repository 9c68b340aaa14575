import { NotebookPen, SquarePen, SquareSlash } from '@lucide/vue'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

import { foldText } from '@/domain/searching'
import { useDialogs } from '@/stores/dialogs'
import { EXAMPLES, usePrompts } from '@/stores/prompts'

import type { Completion, CompletionSource } from './useCompletion'

const MOST = 8

interface Offered {
  key: string
  name: string
  text: string
}

/** `/` writes a kept prompt, or an example while a person keeps none; at the beginning of a message also the command that keeps the rest of it in mind. */
export function usePromptMarks(): CompletionSource {
  const { t } = useI18n()
  const prompts = usePrompts()
  const dialogs = useDialogs()

  const offered = computed<Offered[]>(() => {
    const kept = prompts.prompts.map(({ id, name, text }) => ({ key: String(id), name, text }))
    const examples = EXAMPLES.map((key) => ({
      key,
      name: t(`prompts.ex.${key}.name`),
      text: t(`prompts.ex.${key}.text`),
    }))
    return prompts.keepsNone ? [...kept, ...examples] : kept
  })

  function row({ key, name, text }: Offered): Completion {
    return { key, label: name, about: text.replaceAll(/\s+/gu, ' ').slice(0, 200), icon: SquareSlash, insert: text }
  }

  /** By how a word of the name begins: what is no prompt's name, as a path, is left alone. */
  function find(query: string, at: number): Completion[] {
    const begin = foldText(query)
    const found = offered.value.filter(({ name }) =>
      foldText(name)
        .split(/\s+/u)
        .some((word) => word.startsWith(begin)),
    )
    const rows = found.slice(0, MOST).map(row)
    const command = t('memory.command')
    const remember: Completion = {
      key: 'remember',
      label: command,
      about: t('memory.commandHint'),
      icon: NotebookPen,
      insert: `/${command} `,
    }
    if (at === 0 && foldText(command).startsWith(begin)) rows.push(remember)
    if (query) return rows
    const manage: Completion = {
      key: 'manage',
      label: t('prompts.manage'),
      icon: SquarePen,
      onChosen: () => {
        dialogs.sheet = 'prompts'
      },
    }
    return [...rows, manage]
  }

  return { mark: '/', label: t('prompts.title'), begin: prompts.load, find }
}
