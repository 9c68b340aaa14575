const TRIED = 'divan.reloadedAt'
const AGAIN_AFTER_MS = 60_000

/** A server that was updated no longer has the parts of a page that was opened before; such a page is
 *  loaded anew, which keeps drafts. Not where no server answers, and at most once a minute, since a part may
 *  be missing for another reason. */
export function reloadOutdatedPage(): void {
  window.addEventListener('vite:preloadError', () => {
    if (Date.now() - Number(sessionStorage.getItem(TRIED)) < AGAIN_AFTER_MS) return
    sessionStorage.setItem(TRIED, String(Date.now()))
    void reloadWhereAnswered()
  })
}

async function reloadWhereAnswered(): Promise<void> {
  const answer = await fetch(location.href, { cache: 'no-store' }).catch(() => null)
  if (answer?.ok) location.reload()
}

/** A page that cannot begin, as without the texts of any language, says so in what the server wrote into it. */
export function sayUnloaded(error: unknown): never {
  document.querySelector('#unloaded')?.removeAttribute('hidden')
  throw error
}
