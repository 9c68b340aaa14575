import { onScopeDispose, readonly, ref, type Ref } from 'vue'

const now = ref(Date.now())
let readers = 0
let timer: ReturnType<typeof setInterval> | undefined

/** A clock that ticks ten times a second while anyone looks at it: one timer for the whole page. */
export function useNow(): Readonly<Ref<number>> {
  readers += 1
  timer ??= setInterval(() => {
    now.value = Date.now()
  }, 100)
  now.value = Date.now()
  onScopeDispose(() => {
    readers -= 1
    if (readers === 0) {
      clearInterval(timer)
      timer = undefined
    }
  })
  return readonly(now)
}
