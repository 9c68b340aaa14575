import { describe, expect, it } from 'vitest'

import { belongsToBrowser, keysOf, partsOf, shortcutOf, SHORTCUT_NAMES, SHORTCUTS, type Press } from './shortcuts'

function press(code: string, held: Partial<Press> = {}): Press {
  return {
    key: code.replace('Key', '').toLowerCase(),
    code,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...held,
  }
}

describe('keysOf', () => {
  it('names the modifiers and the place of the key', () => {
    expect(keysOf(press('KeyO', { ctrlKey: true, shiftKey: true }), false)).toBe('Mod+Shift+KeyO')
    expect(keysOf(press('KeyO', { metaKey: true, shiftKey: true }), true)).toBe('Mod+Shift+KeyO')
    expect(keysOf(press('KeyW', { altKey: true }), false)).toBe('Alt+KeyW')
  })

  it('leaves alone what is typed: bare keys, AltGr, a modifier by itself', () => {
    expect(keysOf(press('KeyO', { shiftKey: true }), false)).toBeNull()
    expect(keysOf(press('KeyQ', { ctrlKey: true, altKey: true }), false)).toBeNull()
    expect(keysOf(press('ShiftLeft', { key: 'Shift', ctrlKey: true, shiftKey: true }), false)).toBeNull()
  })

  it('finds the stroke where it is typed with Shift', () => {
    expect(keysOf(press('Digit7', { key: '/', ctrlKey: true, shiftKey: true }), false)).toBe('Mod+Slash')
  })
})

describe('the shortcuts', () => {
  it('are all different, and none is a browser’s', () => {
    expect(new Set(Object.values(SHORTCUTS)).size).toBe(SHORTCUT_NAMES.length)
    expect(Object.values(SHORTCUTS).filter(belongsToBrowser)).toEqual([])
  })

  it('can be changed, and then answer to the new keys alone', () => {
    const bindings = { search: 'Mod+KeyJ' }
    expect(shortcutOf('Mod+KeyJ', bindings)).toBe('search')
    expect(shortcutOf('Mod+KeyK', bindings)).toBeUndefined()
  })

  it('are shown key by key', () => {
    expect(partsOf('Mod+Shift+Semicolon', '⌘')).toEqual(['⌘', 'Shift', ';'])
  })
})
