/** Values kept in this browser, for each person apart. A full or forbidden storage loses convenience, never function. */
import { type Ref, ref, watch } from 'vue'

import { boot } from '@/boot'

const ALL = 'divan.'
const PREFIX = `${ALL}${boot.person}.`
const OF_DRAFTS = 'draft.'

export function readStored<Value>(name: string, fallback: Value): Value {
  try {
    const text = localStorage.getItem(PREFIX + name)
    return text === null ? fallback : (JSON.parse(text) as Value)
  } catch {
    return fallback
  }
}

export function writeStored(name: string, value: unknown): void {
  try {
    if (value === null || value === undefined) localStorage.removeItem(PREFIX + name)
    else localStorage.setItem(PREFIX + name, JSON.stringify(value))
  } catch {
    // Private windows and full disks: the page works on without memory.
  }
}

export function storedRef<Value>(name: string, fallback: Value): Ref<Value> {
  const value = ref(readStored(name, fallback)) as Ref<Value>
  watch(value, (now) => writeStored(name, now), { deep: true })
  return value
}

/** All that is kept of this person, and the language, which the login page would speak to the next. */
export function clearStored(): void {
  forget((key) => key.startsWith(PREFIX))
  document.cookie = 'django_language=; path=/; max-age=0; samesite=lax'
}

/** What an older version kept for whoever sat here. Where there is one person alone, drafts are theirs. */
export function clearOutdated(): void {
  if (boot.authMode === 'local') {
    for (const key of keys().filter((one) => one.startsWith(ALL + OF_DRAFTS))) {
      const name = key.slice(ALL.length)
      if (localStorage.getItem(PREFIX + name) === null)
        localStorage.setItem(PREFIX + name, localStorage.getItem(key) ?? '')
    }
  }
  forget((key) => /^divan\.(?:draft\.|[A-Za-z]+$)/.test(key))
}

function forget(chosen: (key: string) => boolean): void {
  try {
    for (const key of keys().filter(chosen)) localStorage.removeItem(key)
  } catch {
    // What cannot be reached cannot be forgotten.
  }
}

function keys(): string[] {
  return Array.from({ length: localStorage.length }, (_none, at) => localStorage.key(at) ?? '')
}
