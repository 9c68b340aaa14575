import { readonly, ref } from 'vue'

const CHAT = /^\/c\/(\d{8}-\d{6}-[0-9a-z]{8})\/?$/
const DOCUMENTS = /^\/documents(?:\/(\d{8}-\d{6}-[0-9a-z]{8}))?\/?$/

function chatFromPath(): string | null {
  return CHAT.exec(location.pathname)?.[1] ?? null
}

/** An address may end in `#<message id>`. */
function messageFromHash(): string | null {
  return /^#([A-Za-z0-9_-]{1,64})$/.exec(location.hash)?.[1] ?? null
}

function documentsFromPath(): string | null {
  const found = DOCUMENTS.exec(location.pathname)
  return found ? (found[1] ?? '') : null
}

const TESTSETS = /^\/testsets(?:\/(\d{8}-\d{6}-[0-9a-z]{8}))?\/?$/

function testSetFromPath(): string | null {
  const found = TESTSETS.exec(location.pathname)
  return found ? (found[1] ?? '') : null
}

const METRICS = /^\/metrics\/?$/

const inBrowser = typeof location !== 'undefined'
const conversation = ref<string | null>(inBrowser ? chatFromPath() : null)
/** Whose documents the page shows: '' a person's own, else a conversation's; null: it shows none. */
const documents = ref<string | null>(inBrowser ? documentsFromPath() : null)
/** Whether the page shows figures. */
const metrics = ref<boolean>(inBrowser && METRICS.test(location.pathname))
/** The test set that the page shows; '' all of them; null: it shows none. */
const testset = ref<string | null>(inBrowser ? testSetFromPath() : null)
/** The message that is to be shown first; null: where the conversation ends. */
const message = ref<string | null>(inBrowser ? messageFromHash() : null)
if (typeof window !== 'undefined') {
  window.addEventListener('popstate', () => {
    conversation.value = chatFromPath()
    message.value = messageFromHash()
    documents.value = documentsFromPath()
    metrics.value = METRICS.test(location.pathname)
    testset.value = testSetFromPath()
  })
}

export function pathOf(id: string | null): string {
  return id === null ? '/' : `/c/${id}`
}

export function documentsPath(collection: string): string {
  return collection ? `/documents/${collection}` : '/documents'
}

export function testSetsPath(id: string): string {
  return id ? `/testsets/${id}` : '/testsets'
}

export const METRICS_PATH = '/metrics'

function show(path: string, options: { replace?: boolean }): void {
  if (path === location.pathname + location.hash) return
  if (options.replace) history.replaceState(null, '', path)
  else history.pushState(null, '', path)
}

/** The page's address as state: `/` is a new conversation, `/c/<id>` that one, `/c/<id>#<message>` a place in it, `/documents` what can be asked, `/metrics` figures, `/testsets` test sets. */
export function useLocation() {
  function go(id: string | null, options: { replace?: boolean; message?: string | null } = {}): void {
    show(options.message ? `${pathOf(id)}#${options.message}` : pathOf(id), options)
    documents.value = null
    metrics.value = false
    testset.value = null
    conversation.value = id
    message.value = options.message ?? null
  }

  /** It was shown: from here on the address is the conversation's alone. */
  function forgetMessage(): void {
    message.value = null
    if (location.hash) history.replaceState(history.state, '', location.pathname)
  }

  function goToDocuments(collection = ''): void {
    show(documentsPath(collection), {})
    conversation.value = null
    metrics.value = false
    testset.value = null
    documents.value = collection
  }

  function goToMetrics(): void {
    show(METRICS_PATH, {})
    conversation.value = null
    documents.value = null
    testset.value = null
    metrics.value = true
  }

  function goToTestSets(id: string): void {
    show(testSetsPath(id), {})
    conversation.value = null
    documents.value = null
    metrics.value = false
    testset.value = id
  }

  return {
    conversation: readonly(conversation),
    documents: readonly(documents),
    metrics: readonly(metrics),
    testset: readonly(testset),
    message: readonly(message),
    go,
    goToDocuments,
    goToMetrics,
    goToTestSets,
    forgetMessage,
  }
}
