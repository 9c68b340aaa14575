/**
 * Values that follow the account from device to device. They come with the page; what changes here goes to the
 * server at once, and until the server has it, it is kept in this browser too.
 */
import { defineStore } from 'pinia'
import { type Ref, ref, watch } from 'vue'

import { boot } from '@/boot'
import type { PreferencesChangeInput } from '@/protocol/types.gen'
import { type Http, HttpError } from '@/transport/http'

import { readStored, writeStored } from './browserStorage'

type Name = keyof PreferencesChangeInput

const UNSENT = 'unsent'
/** Of what is open here another device knows nothing. */
const AT_START = new Set<Name>(['tabs', 'tab', 'new_chat'])

export const useSynced = defineStore('synced', () => {
  let http: Http | null = null
  let sending = false
  let unsent: PreferencesChangeInput = readStored(UNSENT, {})
  const known = new Map<Name, string>()
  const takers = new Map<Name, (value: unknown) => void>()

  function make<Value>(name: Name, fallback: Value): Ref<Value> {
    const read = (from: PreferencesChangeInput): Value => structuredClone((from[name] ?? fallback) as Value)
    const value = ref(read({ ...boot.preferences, ...unsent })) as Ref<Value>
    known.set(name, JSON.stringify(value.value))
    takers.set(name, (given) => {
      const text = JSON.stringify(given ?? fallback)
      if (text === known.get(name)) return
      known.set(name, text)
      value.value = read({ [name]: given })
    })
    watch(
      value,
      (now) => {
        const text = JSON.stringify(now)
        if (text === known.get(name)) return
        known.set(name, text)
        keep({ ...unsent, [name]: JSON.parse(text) as unknown })
        void send()
      },
      { deep: true },
    )
    return value
  }

  function start(client: Http): void {
    http = client
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') void refresh()
    })
    void send()
  }

  /** What other devices have changed meanwhile. */
  async function refresh(): Promise<void> {
    await send()
    try {
      const now = ((await http?.call('GET /api/preferences')) ?? {}) as PreferencesChangeInput
      for (const [name, take] of takers) if (!AT_START.has(name) && !(name in unsent)) take(now[name])
    } catch {
      // They are asked for again the next time.
    }
  }

  /** One request at a time; what changes meanwhile goes with the next. */
  async function send(): Promise<void> {
    if (!http || sending) return
    sending = true
    // What changed in the same moment goes along.
    await Promise.resolve()
    for (let batch = unsent; Object.keys(batch).length > 0; batch = unsent) {
      try {
        await http.call('PATCH /api/preferences', { body: batch })
      } catch (failure) {
        // What is refused would be refused again; what did not arrive waits for the next change or look.
        if (!(failure instanceof HttpError) || failure.status === 0 || failure.retryable || failure.status === 401)
          break
      }
      const sent = batch
      keep(Object.fromEntries(Object.entries(unsent).filter(([name, value]) => value !== sent[name as Name])))
    }
    sending = false
  }

  function keep(now: PreferencesChangeInput): void {
    unsent = now
    writeStored(UNSENT, Object.keys(now).length > 0 ? now : null)
  }

  return { make, start, refresh }
})

/** Null is what nobody has set: `fallback` then. */
export function syncedRef<Value>(name: Name, fallback: Value): Ref<Value> {
  return useSynced().make(name, fallback)
}
