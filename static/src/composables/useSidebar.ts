import { computed, ref } from 'vue'

import { usePreferences } from '@/stores/preferences'

import { NARROW, useMedia } from './useMedia'

/** On a narrow page the sidebar is a drawer over it, which nobody wants to find open next time. */
const drawer = ref(false)

export function useSidebar() {
  const preferences = usePreferences()
  const narrow = useMedia(NARROW)
  const open = computed(() => (narrow.value ? drawer.value : preferences.sidebar))

  function toggle(): void {
    if (narrow.value) drawer.value = !drawer.value
    else preferences.sidebar = !preferences.sidebar
  }

  function closeDrawer(): void {
    drawer.value = false
  }

  return { narrow, open, toggle, closeDrawer }
}
