import { createSharedComposable, useIntervalFn } from '@vueuse/core'
import { readonly, ref, type Ref } from 'vue'

const TICK_MS = 100

const useClock = createSharedComposable(() => {
  const now = ref(Date.now())
  const tick = (): void => {
    now.value = Date.now()
  }
  useIntervalFn(tick, TICK_MS)
  return { now, tick }
})

/**
 * A clock that ticks ten times a second while anyone looks at it: one timer for the whole page. Shared, VueUse's
 * own clock would tell who comes between two ticks the time of the last.
 */
export function useNow(): Readonly<Ref<number>> {
  const { now, tick } = useClock()
  tick()
  return readonly(now)
}
