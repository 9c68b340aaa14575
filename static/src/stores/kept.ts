/** Values kept in this browser. A full or forbidden storage loses convenience, never function. */
import { type Ref, ref, watch } from 'vue'

const PREFIX = 'divan.'

export function readKept<Value>(name: string, fallback: Value): Value {
  try {
    const text = localStorage.getItem(PREFIX + name)
    return text === null ? fallback : (JSON.parse(text) as Value)
  } catch {
    return fallback
  }
}

export function writeKept(name: string, value: unknown): void {
  try {
    if (value === null || value === undefined) localStorage.removeItem(PREFIX + name)
    else localStorage.setItem(PREFIX + name, JSON.stringify(value))
  } catch {
    // Private windows and full disks: the page works on without memory.
  }
}

export function keptRef<Value>(name: string, fallback: Value): Ref<Value> {
  const value = ref(readKept(name, fallback)) as Ref<Value>
  watch(value, (now) => writeKept(name, now), { deep: true })
  return value
}
