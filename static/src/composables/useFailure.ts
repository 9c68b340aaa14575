import { useI18n } from 'vue-i18n'

import { reasonOf } from '@/stores/connection'
import { useToasts } from '@/stores/toasts'

/** Puts what went wrong into words: the server's own sentence where it gave one, else by its code. */
export function useFailure() {
  const { t, te } = useI18n()
  const toasts = useToasts()

  function words(failure: unknown): string {
    const { code, message } = reasonOf(failure)
    return message || (te(`errors.title.${code}`) ? t(`errors.title.${code}`) : t('errors.title.internal'))
  }

  /** Runs it; a failure becomes a toast, after a sentence that says what was not done. True where it went well. */
  async function attempt(run: () => Promise<unknown>, undone = ''): Promise<boolean> {
    try {
      await run()
      return true
    } catch (failure) {
      toasts.show([undone, words(failure)].filter(Boolean).join(' '), { tone: 'error' })
      return false
    }
  }

  return { words, attempt }
}
