import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

import { regionOf } from '@/i18n'

/** Names days, given as `2026-11-29` or in milliseconds, as a person of this language writes them. */
export function useDayNames() {
  const { locale } = useI18n()
  const names = computed(
    () => new Intl.DateTimeFormat(regionOf(locale.value), { day: 'numeric', month: 'short', timeZone: 'UTC' }),
  )
  return (day: string | number): string => names.value.format(new Date(day))
}
