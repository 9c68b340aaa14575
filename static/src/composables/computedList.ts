import { computed, type ComputedRef } from 'vue'

/** A computed list that stays the same object while it holds the same: what it is shown in is not drawn again. */
export function computedList<T>(find: () => readonly T[]): ComputedRef<readonly T[]> {
  return computed<readonly T[]>((before) => {
    const now = find()
    return before?.length === now.length && before.every((item, index) => item === now[index]) ? before : now
  })
}
