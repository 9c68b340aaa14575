import { type Ref, shallowRef, watch } from 'vue'

/**
 * What `send` is told of `wanted` once that has rested for `pause` milliseconds. Null: nothing is wanted, or it failed.
 * An answer that comes after something else is wanted is not taken for it.
 */
export function useDebouncedRequest<Wanted, Told>(
  wanted: () => Wanted | null,
  send: (wanted: Wanted) => Promise<Told>,
  pause: number,
): Readonly<Ref<Told | null>> {
  const told = shallowRef<Told | null>(null)

  watch(
    wanted,
    (now, _before, onCleanup) => {
      if (now === null) {
        told.value = null
        return
      }
      let stale = false
      const timer = setTimeout(() => void ask(now), pause)
      onCleanup(() => {
        stale = true
        clearTimeout(timer)
      })

      async function ask(body: Wanted): Promise<void> {
        const answer = await send(body).catch(() => null)
        if (!stale) told.value = answer
      }
    },
    { immediate: true },
  )
  return told
}
