import { shallowRef, watch, type WatchSource } from 'vue'

import { useFailure } from './useFailure'

const DELAY_MS = 250

/**
 * What something will cost, told by `ask` once `sources` have rested. Null until then, so that nothing begins at a cost
 * that was told of something else, and where `ask` gives null. `obstacle`: why it cannot be done.
 */
export function useRunEstimate<T>(sources: WatchSource[], ask: () => Promise<T> | null) {
  const { words } = useFailure()
  const estimate = shallowRef<T | null>(null)
  const obstacle = shallowRef('')

  watch(
    sources,
    (_now, _before, onCleanup) => {
      let stale = false
      const timer = setTimeout(() => void reckon(), DELAY_MS)
      onCleanup(() => {
        stale = true
        clearTimeout(timer)
      })
      estimate.value = null
      obstacle.value = ''

      async function reckon(): Promise<void> {
        try {
          const told = await ask()
          if (!stale) estimate.value = told
        } catch (failure) {
          if (!stale) obstacle.value = words(failure)
        }
      }
    },
    { deep: true, immediate: true },
  )
  return { estimate, obstacle }
}
