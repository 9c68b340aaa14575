export const PHONE = '(max-width: 40rem)'
export const NARROW = '(max-width: 56rem)'

/** For a jump that is shown as a way, unless its reader wants no motion. */
export function smoothly(): ScrollBehavior {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth'
}
