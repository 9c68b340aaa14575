import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import type { Filters } from '@/domain/searching'
import type { WholeUserMessage } from '@/protocol/types.gen'

export interface Question {
  title: string
  confirm: string
  /** With a label the question asks for a line of text; without one it asks yes or no. */
  label?: string
  value?: string
  danger?: boolean
}

export const SHEETS = [
  'palette',
  'account',
  'shortcuts',
  'settings',
  'dialogue',
  'branches',
  'share',
  'replay',
  'comparison',
  'ollama',
  'personas',
  'prompts',
  'memory',
  'spending',
  'import',
  'tools',
  'services',
] as const

export type Sheet = (typeof SHEETS)[number]

/** One dialog at a time stands over the page. */
export const useDialogs = defineStore('dialogs', () => {
  const sheet = ref<Sheet | null>(null)
  /** Answers of a turn of which two are compared word by word. */
  const diff = ref<readonly string[] | null>(null)
  /** Answers of a turn whose figures are compared. */
  const figures = ref<readonly string[] | null>(null)
  /** A message of a person that becomes a case of a test set. */
  const tested = ref<WholeUserMessage | null>(null)
  /** The name of a folder whose project is set up. */
  const project = ref<string | null>(null)
  /** What the palette is narrowed by when it opens. */
  const sought = ref<Filters>({})
  /** What Services shows first: a server by its name, or the search of the web. */
  const service = ref<{ server: string } | 'webSearch' | null>(null)
  const question = ref<Question | null>(null)
  let answer: ((value: string | null) => void) | null = null

  function search(filters: Filters): void {
    sought.value = filters
    sheet.value = 'palette'
  }

  function openServices(first: { server: string } | 'webSearch' | null = null): void {
    service.value = first
    sheet.value = 'services'
  }

  /** Resolves with the text ('' for a plain yes), or with null where it was cancelled. */
  function ask(asked: Question): Promise<string | null> {
    answerQuestion(null)
    question.value = asked
    return new Promise((resolve) => {
      answer = resolve
    })
  }

  function answerQuestion(value: string | null): void {
    question.value = null
    answer?.(value)
    answer = null
  }

  /** Whatever is open, or could not be loaded. */
  function close(): void {
    for (const open of [sheet, diff, figures, tested, project]) open.value = null
    answerQuestion(null)
  }

  const anyOpen = computed(
    () =>
      sheet.value !== null ||
      diff.value !== null ||
      figures.value !== null ||
      tested.value !== null ||
      project.value !== null ||
      question.value !== null,
  )

  return {
    sheet,
    diff,
    figures,
    tested,
    project,
    sought,
    service,
    question,
    anyOpen,
    search,
    openServices,
    ask,
    answerQuestion,
    close,
  }
})
