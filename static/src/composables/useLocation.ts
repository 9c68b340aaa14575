import { readonly, ref } from 'vue'

const CHAT = /^\/c\/(\d{8}-\d{6}-[0-9a-z]{8})\/?$/
const DOCUMENTS = /^\/documents(?:\/(\d{8}-\d{6}-[0-9a-z]{8}))?\/?$/

function chatFromPath(): string | null {
  return CHAT.exec(location.pathname)?.[1] ?? null
}

function documentsFromPath(): string | null {
  const found = DOCUMENTS.exec(location.pathname)
  return found ? (found[1] ?? '') : null
}

const inBrowser = typeof location !== 'undefined'
const conversation = ref<string | null>(inBrowser ? chatFromPath() : null)
/** Whose documents the page shows: '' a person's own, else a conversation's; null: it shows none. */
const documents = ref<string | null>(inBrowser ? documentsFromPath() : null)
if (typeof window !== 'undefined') {
  window.addEventListener('popstate', () => {
    conversation.value = chatFromPath()
    documents.value = documentsFromPath()
  })
}

export function pathOf(id: string | null): string {
  return id === null ? '/' : `/c/${id}`
}

export function documentsPath(collection: string): string {
  return collection ? `/documents/${collection}` : '/documents'
}

function show(path: string, options: { replace?: boolean }): void {
  if (path === location.pathname) return
  if (options.replace) history.replaceState(null, '', path)
  else history.pushState(null, '', path)
}

/** The page's address as state: `/` is a new conversation, `/c/<id>` that one, `/documents` what can be asked. */
export function useLocation() {
  function go(id: string | null, options: { replace?: boolean } = {}): void {
    show(pathOf(id), options)
    documents.value = null
    conversation.value = id
  }

  function goToDocuments(collection = ''): void {
    show(documentsPath(collection), {})
    conversation.value = null
    documents.value = collection
  }

  return { conversation: readonly(conversation), documents: readonly(documents), go, goToDocuments }
}
