/**
 * The page's own keys. They are written as `Mod+Shift+KeyO`: modifiers, then where the key lies
 * (`KeyboardEvent.code`), so that they hold for every script; Mod is Ctrl, on a Mac ⌘.
 */
export const SHORTCUTS = {
  search: 'Mod+KeyK',
  newChat: 'Mod+Shift+KeyO',
  sidebar: 'Mod+Shift+KeyS',
  copyAnswer: 'Mod+Shift+KeyC',
  copyCode: 'Mod+Shift+Semicolon',
  nextTab: 'Alt+Period',
  previousTab: 'Alt+Comma',
  closeTab: 'Alt+KeyW',
  sheet: 'Mod+Slash',
}

/** The browser's search, which the page takes where it would not find what is not drawn. */
export const FIND = 'Mod+KeyF'

export type ShortcutName = keyof typeof SHORTCUTS
export type Bindings = { [Name in ShortcutName]?: string }
export type Press = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

export const SHORTCUT_NAMES = Object.keys(SHORTCUTS) as ShortcutName[]

const MODIFIERS = new Set(['Control', 'Shift', 'Alt', 'AltGraph', 'Meta', 'OS'])

/** What browsers do with these is missed where a page takes them, or they never reach it. */
const OF_BROWSERS = new Set([
  ...[
    'KeyA',
    'KeyC',
    'KeyV',
    'KeyX',
    'KeyZ',
    'KeyY',
    'KeyF',
    'KeyL',
    'KeyN',
    'KeyP',
    'KeyR',
    'KeyT',
    'KeyW',
    'KeyQ',
  ].map((code) => `Mod+${code}`),
  ...['KeyN', 'KeyT', 'KeyW', 'KeyR', 'KeyI', 'KeyJ', 'KeyV', 'KeyZ'].map((code) => `Mod+Shift+${code}`),
])

const SIGNS: { [code: string]: string } = {
  Comma: ',',
  Period: '.',
  Slash: '/',
  Semicolon: ';',
  Quote: "'",
  Minus: '-',
  Equal: '=',
  BracketLeft: '[',
  BracketRight: ']',
  Backslash: '\\',
  Backquote: '`',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
}

export function isModifier(press: Press): boolean {
  return MODIFIERS.has(press.key)
}

/** Null for what is typed: keys without Mod or Alt, and those with AltGr, which are Ctrl and Alt at once. */
export function keysOf(press: Press, mac: boolean): string | null {
  const mod = mac ? press.metaKey : press.ctrlKey
  const other = mac ? press.ctrlKey : press.metaKey
  if (isModifier(press) || other || mod === press.altKey) return null
  // On many keyboards the stroke is typed with Shift.
  if (press.key === '/') return mod ? 'Mod+Slash' : 'Alt+Slash'
  return [mod ? 'Mod' : 'Alt', ...(press.shiftKey ? ['Shift'] : []), press.code].join('+')
}

export function bindingOf(name: ShortcutName, bindings: Bindings): string {
  return bindings[name] ?? SHORTCUTS[name]
}

export function shortcutOf(keys: string, bindings: Bindings): ShortcutName | undefined {
  return SHORTCUT_NAMES.find((name) => bindingOf(name, bindings) === keys)
}

export function belongsToBrowser(keys: string): boolean {
  return OF_BROWSERS.has(keys)
}

/** As they are shown, each key by itself. */
export function partsOf(keys: string, modName: string): string[] {
  return keys.split('+').map((part) => (part === 'Mod' ? modName : (SIGNS[part] ?? part.replace(/^(Key|Digit)/, ''))))
}
