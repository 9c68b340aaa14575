import { ref, shallowRef } from 'vue'

import { useToasts } from '@/stores/toasts'

import { useFailure } from './useFailure'

export type Outcome = { ok: boolean; words: string }

interface Words {
  /** Said once it is kept, where the form does not show that itself. */
  saved?: () => string
  /** Why it can be neither tried nor kept as it stands; empty: it can. */
  obstacle?: () => string
}

/** One thing at a time is done with a form of settings: it is tried, or kept. */
export function useSettingsForm<Tried = Outcome>({ saved, obstacle }: Words) {
  const { words } = useFailure()
  const toasts = useToasts()
  const busy = ref<'test' | 'save' | null>(null)
  const outcome = shallowRef<Tried | null>(null)
  const wrong = ref('')

  async function doing(what: 'test' | 'save', run: () => Promise<void>): Promise<void> {
    if (busy.value) return
    wrong.value = obstacle?.() ?? ''
    outcome.value = null
    if (wrong.value) return
    busy.value = what
    try {
      await run()
    } catch (failure) {
      wrong.value = words(failure)
    }
    busy.value = null
  }

  const test = (run: () => Promise<Tried>): Promise<void> =>
    doing('test', async () => {
      outcome.value = await run()
    })

  const save = (run: () => Promise<void>): Promise<void> =>
    doing('save', async () => {
      await run()
      if (saved) toasts.show(saved())
    })

  return { busy, outcome, wrong, test, save }
}
