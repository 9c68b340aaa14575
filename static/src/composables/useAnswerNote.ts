import { computed, ref, watch, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'

import type { LiveAnswer } from '@/domain/conversation'

import { useNow } from './useNow'

/** What the server last said beside an answer that streams; how long it waits before a retry counts down. */
export function useAnswerNote(live: () => LiveAnswer | undefined): ComputedRef<string> {
  const { t, te } = useI18n()
  const now = useNow()
  const since = ref(0)

  watch(
    () => live()?.notes.length,
    () => {
      since.value = Date.now()
    },
    { immediate: true },
  )

  return computed(() => {
    const last = live()?.notes.at(-1)
    if (!last) return ''
    if (last.code !== 'retrying') return last.text || (te(`notes.${last.code}`) ? t(`notes.${last.code}`) : '')
    const left = Number(last.values?.in_s ?? 0) - (now.value - since.value) / 1000
    return t('notes.retrying', { seconds: Math.max(0, Math.ceil(left)) })
  })
}
