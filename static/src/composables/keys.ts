export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent)

export const modName = isMac ? '⌘' : 'Ctrl'

/**
 * True while an input method composes (Enter then picks a word and must send nothing). Safari ends the
 * composition before its last keydown and marks that one with key code 229 only.
 */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229
}

export function hasMod(event: KeyboardEvent | MouseEvent): boolean {
  return isMac ? event.metaKey : event.ctrlKey
}

export function isTouchKeyboard(): boolean {
  return matchMedia('(hover: none) and (pointer: coarse)').matches
}
