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

/** The prompts that a person keeps, and those that others share. */
export const usePrompts = defineStore('prompts', () => {
  const connection = useConnection()
  const prompts = ref<Prompt[]>([])
  /** What the dialog begins with: a prompt to edit, or the makings of a new one. */
  const editing = ref<Prompt | PromptDraft | null>(null)

  const starters = computed(() => prompts.value.filter((prompt) => prompt.mine && prompt.starter))

  async function load(): Promise<void> {
    try {
      prompts.value = (await connection.http.call('GET /api/prompts')).prompts
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

  return { prompts, starters, editing, load, save, remove }
})
