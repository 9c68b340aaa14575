import { useMediaQuery } from '@vueuse/core'
import { computed, ref } from 'vue'

import { usePreferences } from '@/stores/preferences'

import { NARROW } from './media'

/** On a narrow page the sidebar is a drawer over it, which nobody wants to find open next time. */
const drawer = ref(false)

export function useSidebar() {
  const preferences = usePreferences()
  const narrow = useMediaQuery(NARROW)
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
