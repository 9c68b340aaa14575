import { computed, type ComputedRef } from 'vue'

import { type Layout, usePreferences } from '@/stores/preferences'

import { PHONE, useMedia } from './useMedia'

/** How the lanes of a turn stand. On a phone there is no room for columns unless one insists. */
export function useLayout(): ComputedRef<Exclude<Layout, 'auto'>> {
  const preferences = usePreferences()
  const phone = useMedia(PHONE)
  return computed(() => {
    if (preferences.layout !== 'auto') return preferences.layout
    return phone.value ? 'tabs' : 'columns'
  })
}
