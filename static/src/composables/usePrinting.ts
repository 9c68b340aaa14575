import { readonly, ref } from 'vue'

import type { MessageRecord } from '@/protocol/types.gen'
import { useChat } from '@/stores/chat'

/** As many as the server gives at once. */
const BATCH = 200
const PATIENCE_MS = 3_000

/** The page is being brought to paper: nothing is left out, folded or scrolled away. */
const printing = ref(false)

if (typeof window !== 'undefined') {
  window.addEventListener('beforeprint', () => {
    fetchNow()
    printing.value = true
  })
  window.addEventListener('afterprint', () => {
    printing.value = false
  })
}

/** The browser does not wait for a promise before it prints, so what is missing is fetched while it waits. */
function fetchNow(): void {
  const chat = useChat()
  const missing = chat.elidedOnPath()
  for (let start = 0; start < missing.length; start += BATCH) {
    const request = new XMLHttpRequest()
    request.open(
      'GET',
      `/api/conversations/${chat.id}/messages?ids=${missing.slice(start, start + BATCH).join(',')}`,
      false,
    )
    try {
      request.send()
      if (request.status === 200)
        chat.addMessages((JSON.parse(request.responseText) as { messages: MessageRecord[] }).messages)
    } catch {
      // Without the server what is here is printed.
    }
  }
}

/** Formulas and the colours of code come a little later than the words; then it is worth the paper. */
async function print(): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  fetchNow()
  printing.value = true
  do await frames(3)
  while (document.querySelector('.md-math:not([data-tex])') && performance.now() < deadline)
  window.print()
}

async function frames(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await new Promise(requestAnimationFrame)
}

export function usePrinting() {
  return { printing: readonly(printing), print }
}
