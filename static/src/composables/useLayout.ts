import { computed, type ComputedRef } from 'vue'

import { type Layout, usePreferences } from '@/stores/preferences'

import { PHONE, useMedia } from './useMedia'
import { usePrinting } from './usePrinting'

/** How the lanes of a turn stand. On a phone there is no room for columns unless one insists. */
export function useLayout(): ComputedRef<Exclude<Layout, 'auto'>> {
  const preferences = usePreferences()
  const phone = useMedia(PHONE)
  const { printing } = usePrinting()
  return computed(() => {
    // Tabs and columns that scroll would keep answers from the paper.
    if (printing.value) return 'stack'
    if (preferences.layout !== 'auto') return preferences.layout
    return phone.value ? 'tabs' : 'columns'
  })
}
