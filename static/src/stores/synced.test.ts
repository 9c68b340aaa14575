// @vitest-environment jsdom
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'

import { Http } from '@/transport/http'

import { clearStored, clearOutdated, readStored, writeStored } from './browserStorage'
import { syncedRef, useSynced } from './synced'

type Answer = () => Response | Promise<Response>

let patched: unknown[]
let answers: Answer[]
let remote: object

/** As after a reload of the page. */
function reload(): void {
  setActivePinia(createPinia())
}

function client(): Http {
  const mine = patched
  return new Http(async (_path, init) => {
    if (init?.method !== 'PATCH') return new Response(JSON.stringify(remote))
    mine.push(JSON.parse(String(init.body)))
    return (answers.shift() ?? (() => new Response('{}')))()
  })
}

function offline(): Response {
  throw new TypeError('offline')
}

beforeEach(() => {
  patched = []
  answers = []
  remote = {}
  localStorage.clear()
  reload()
})

describe('a value that follows the account', () => {
  it('goes to the server when it changes, with what changed in the same moment', async () => {
    const [theme, unread] = [syncedRef('theme', 'system'), syncedRef<string[]>('unread', [])]
    useSynced().start(client())
    theme.value = 'dark'
    unread.value = [...unread.value, 'a']
    await flushPromises()
    expect(patched).toEqual([{ theme: 'dark', unread: ['a'] }])
    expect(localStorage.length).toBe(0)
  })

  it('is sent after a reload where it did not arrive, and holds meanwhile', async () => {
    answers = [offline]
    const theme = syncedRef('theme', 'system')
    useSynced().start(client())
    theme.value = 'dark'
    await flushPromises()
    reload()
    expect(syncedRef('theme', 'system').value).toBe('dark')
    useSynced().start(client())
    await flushPromises()
    expect(patched).toEqual([{ theme: 'dark' }, { theme: 'dark' }])
  })

  it('is not sent again where it was refused', async () => {
    answers = [
      () =>
        new Response(JSON.stringify({ error: { code: 'invalid', message: '', retryable: false } }), { status: 400 }),
    ]
    const theme = syncedRef('theme', 'system')
    useSynced().start(client())
    theme.value = 'pink'
    await flushPromises()
    theme.value = 'dark'
    await flushPromises()
    expect(patched).toEqual([{ theme: 'pink' }, { theme: 'dark' }])
  })

  it('takes on what another device has set when the page is looked at again, and sends none of it back', async () => {
    const [theme, tabs] = [syncedRef('theme', 'system'), syncedRef<unknown[]>('tabs', [])]
    useSynced().start(client())
    remote = { theme: 'dark', tabs: [{ key: 'k', conversation: null, title: '' }] }
    await useSynced().refresh()
    expect(theme.value).toBe('dark')
    expect(tabs.value).toEqual([])
    expect(patched).toEqual([])
  })
})

describe('what is kept in the browser', () => {
  it('is forgotten for this person alone', () => {
    writeStored('draft.new', 'mine')
    localStorage.setItem('divan.another.draft.new', '"theirs"')
    clearStored()
    expect(Object.keys(localStorage)).toEqual(['divan.another.draft.new'])
  })

  it('of an older version is nobody’s but a sole person’s drafts', () => {
    localStorage.setItem('divan.preferences', '{"theme":"dark"}')
    localStorage.setItem('divan.draft.new', '{"text":"half"}')
    localStorage.setItem('divan.another.draft.new', '"theirs"')
    clearOutdated()
    expect(Object.keys(localStorage).toSorted()).toEqual(['divan.another.draft.new', 'divan.local.draft.new'])
    expect(readStored('draft.new', {})).toEqual({ text: 'half' })
  })
})
