import { onScopeDispose, readonly, ref, type Ref } from 'vue'

export function useMedia(query: string): Readonly<Ref<boolean>> {
  const list = matchMedia(query)
  const matches = ref(list.matches)
  const update = (): void => {
    matches.value = list.matches
  }
  list.addEventListener('change', update)
  onScopeDispose(() => list.removeEventListener('change', update))
  return readonly(matches)
}

/** For a jump that is shown as a way, unless its reader wants no motion. */
export function smoothly(): ScrollBehavior {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth'
}

export const PHONE = '(max-width: 40rem)'
export const NARROW = '(max-width: 56rem)'
