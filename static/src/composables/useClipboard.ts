import { refAutoReset } from '@vueuse/core'

const SHOWN_MS = 2_000

/** Clipboard access is refused on plain HTTP except for localhost: there, the old way still works. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'visually-hidden'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}

/**
 * VueUse's says that it copied where the old way was refused too, and asks the browser about two permissions for
 * each answer on the page.
 */
export function useClipboard() {
  const copied = refAutoReset(false, SHOWN_MS)

  async function copy(text: string): Promise<void> {
    if (await copyText(text)) copied.value = true
  }

  return { copied, copy }
}
