// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { reloadOutdatedPage } from './outdated'

const reload = vi.fn()
const ask = vi.fn()

beforeEach(() => {
  sessionStorage.clear()
  reload.mockReset()
  vi.stubGlobal('location', { href: 'http://divan.test/', reload })
  vi.stubGlobal('fetch', ask)
  ask.mockReset().mockResolvedValue({ ok: true })
})

reloadOutdatedPage()

async function missPart(): Promise<void> {
  window.dispatchEvent(new Event('vite:preloadError'))
  await vi.waitFor(() => expect(sessionStorage.getItem('divan.reloadedAt')).not.toBeNull())
  await Promise.resolve()
}

describe('a page whose part is missing', () => {
  it('is loaded anew', async () => {
    await missPart()
    await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce())
  })

  it('is not loaded anew again and again', async () => {
    await missPart()
    await missPart()
    expect(ask).toHaveBeenCalledOnce()
  })

  it('stays where no server answers', async () => {
    ask.mockRejectedValue(new TypeError('offline'))
    await missPart()
    await vi.waitFor(() => expect(ask).toHaveBeenCalledOnce())
    expect(reload).not.toHaveBeenCalled()
  })
})
