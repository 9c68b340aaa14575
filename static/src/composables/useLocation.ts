import { readonly, ref } from 'vue'

const PATH = /^\/c\/(\d{8}-\d{6}-[0-9a-z]{8})\/?$/

function fromPath(): string | null {
  return PATH.exec(location.pathname)?.[1] ?? null
}

const conversation = ref<string | null>(typeof location === 'undefined' ? null : fromPath())
if (typeof window !== 'undefined') {
  window.addEventListener('popstate', () => {
    conversation.value = fromPath()
  })
}

export function pathOf(id: string | null): string {
  return id === null ? '/' : `/c/${id}`
}

/** The page's address as state: `/` is a new conversation, `/c/<id>` that one. */
export function useLocation() {
  function go(id: string | null, options: { replace?: boolean } = {}): void {
    if (pathOf(id) !== location.pathname) {
      if (options.replace) history.replaceState(null, '', pathOf(id))
      else history.pushState(null, '', pathOf(id))
    }
    conversation.value = id
  }

  return { conversation: readonly(conversation), go }
}
