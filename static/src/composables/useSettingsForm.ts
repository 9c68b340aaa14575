import { ref } from 'vue'

import { useToasts } from '@/stores/toasts'

import { useFailure } from './useFailure'

export type Outcome = { ok: boolean; words: string }

/** One thing at a time is done with a form of settings: it is tried, or kept. */
export function useSettingsForm(saved: () => string) {
  const { words } = useFailure()
  const toasts = useToasts()
  const busy = ref<'test' | 'save' | null>(null)
  const outcome = ref<Outcome | null>(null)
  const wrong = ref('')

  async function doing(what: 'test' | 'save', run: () => Promise<void>): Promise<void> {
    if (busy.value) return
    busy.value = what
    wrong.value = ''
    outcome.value = null
    try {
      await run()
    } catch (failure) {
      wrong.value = words(failure)
    }
    busy.value = null
  }

  const test = (run: () => Promise<Outcome>): Promise<void> =>
    doing('test', async () => {
      outcome.value = await run()
    })

  const save = (run: () => Promise<void>): Promise<void> =>
    doing('save', async () => {
      await run()
      toasts.show(saved())
    })

  return { busy, outcome, wrong, test, save }
}
