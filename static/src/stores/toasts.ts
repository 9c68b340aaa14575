import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Toast {
  id: number
  text: string
  tone: 'plain' | 'error'
  action?: { label: string; run: () => void }
}

const SHOWN_MS = 5_000
const WITH_ACTION_MS = 9_000

export const useToasts = defineStore('toasts', () => {
  const toasts = ref<Toast[]>([])
  const timers = new Map<number, ReturnType<typeof setTimeout>>()
  let last = 0

  function show(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): number {
    const same = toasts.value.find((toast) => toast.text === text && !toast.action && !options.action)
    if (same) dismiss(same.id)
    last += 1
    const toast: Toast = { id: last, text, tone: options.tone ?? 'plain', action: options.action }
    toasts.value = [...toasts.value.slice(-3), toast]
    start(toast)
    return toast.id
  }

  function start(toast: Toast): void {
    const lasting = toast.action || toast.tone === 'error' ? WITH_ACTION_MS : SHOWN_MS
    timers.set(
      toast.id,
      setTimeout(() => dismiss(toast.id), lasting),
    )
  }

  function dismiss(id: number): void {
    clearTimeout(timers.get(id))
    timers.delete(id)
    toasts.value = toasts.value.filter((toast) => toast.id !== id)
  }

  /** While a pointer or the keyboard is on the toasts, none goes away. */
  function pause(): void {
    for (const timer of timers.values()) clearTimeout(timer)
  }

  function resume(): void {
    for (const toast of toasts.value) {
      clearTimeout(timers.get(toast.id))
      start(toast)
    }
  }

  return { toasts, show, dismiss, pause, resume }
})
