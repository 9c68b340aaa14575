import { onScopeDispose, ref } from 'vue'

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

export function useClipboard() {
  const copied = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function copy(text: string): Promise<void> {
    if (!(await copyText(text))) return
    copied.value = true
    clearTimeout(timer)
    timer = setTimeout(() => {
      copied.value = false
    }, SHOWN_MS)
  }

  onScopeDispose(() => clearTimeout(timer))
  return { copied, copy }
}
