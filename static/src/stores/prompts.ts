import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { useConnection } from './connection'

/** `{{words}}` in its text are filled in when it is used. */
export interface Prompt {
  id: number
  owner: string
  mine: boolean
  name: string
  text: string
  shared: boolean
  /** A button on its owner's empty page. */
  starter: boolean
}

export type PromptDraft = Pick<Prompt, 'name' | 'text' | 'shared' | 'starter'>

/** Texts of `prompts.ex`: where to begin, and what `/` offers whoever keeps none of their own. */
export const EXAMPLES = ['translate', 'summary', 'explain', 'improve', 'letter', 'review'] as const

/** The prompts that a person keeps, and those that others share. */
export const usePrompts = defineStore('prompts', () => {
  const connection = useConnection()
  const prompts = ref<Prompt[]>([])
  const loaded = ref(false)
  /** What the dialog begins with: a prompt to edit, or the makings of a new one. */
  const editing = ref<Prompt | PromptDraft | null>(null)

  /** Known only once they were asked for: whoever keeps prompts is shown no examples meanwhile. */
  const keepsNone = computed(() => loaded.value && !prompts.value.some((prompt) => prompt.mine))
  const starters = computed(() => prompts.value.filter((prompt) => prompt.mine && prompt.starter))

  async function load(): Promise<void> {
    try {
      prompts.value = (await connection.http.call('GET /api/prompts')).prompts
      loaded.value = true
    } catch {
      // Those that are known stay.
    }
  }

  async function save(draft: PromptDraft, id: number | null): Promise<void> {
    if (id === null) await connection.http.call('POST /api/prompts', { body: draft })
    else await connection.http.call('PATCH /api/prompts/{number}', { path: { number: id }, body: draft })
    await load()
  }

  async function remove(id: number): Promise<void> {
    await connection.http.call('DELETE /api/prompts/{number}', { path: { number: id } })
    prompts.value = prompts.value.filter((prompt) => prompt.id !== id)
  }

  return { prompts, keepsNone, starters, editing, load, save, remove }
})
