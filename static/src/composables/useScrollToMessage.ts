import { nextTick, type ShallowRef, watch } from 'vue'

import type { Turn } from '@/domain/timeline'
import { useChat } from '@/stores/chat'
import { useFinding } from '@/stores/finding'

import { useFailure } from './useFailure'
import { useLocation } from './useLocation'
import { useFoundWords } from './useFoundWords'

/** A list of which only what is in view is drawn needs some frames before a far turn stands in the page. */
const MOST_FRAMES = 30

interface Place {
  scroller: Readonly<ShallowRef<HTMLElement | null>>
  turns: () => readonly Turn[]
  /** Resolves once each of them has its place on the page. */
  renderAll: () => Promise<void>
  /** Brings a turn into view, roughly. */
  scrollTo: (index: number) => void
  /** Stops following the end of the conversation. */
  release: () => void
}

/** Shows the message that the page's address names, wherever in the conversation it stands. */
export function useScrollToMessage({ scroller, turns, renderAll, scrollTo, release }: Place): void {
  const chat = useChat()
  const finding = useFinding()
  const location = useLocation()
  const { attempt } = useFailure()
  const words = useFoundWords()

  watch(
    () => [location.message.value, chat.phase === 'ready' && chat.id === location.conversation.value] as const,
    ([message, ready]) => {
      if (message !== null && ready) void show(message)
    },
    { immediate: true, flush: 'post' },
  )
  watch(
    [() => chat.sought, () => (chat.sought === null ? -1 : turns().findIndex((turn) => shows(turn, chat.sought)))],
    ([, index]) => {
      if (index >= 0) void bring(index)
    },
    { flush: 'post' },
  )

  watch(
    () => finding.current,
    (place) => place && release(),
  )

  async function show(message: string): Promise<void> {
    chat.sought = null
    await attempt(() => chat.reveal(message))
    location.forgetMessage()
  }

  async function bring(index: number): Promise<void> {
    release()
    await renderAll()
    await nextTick()
    const message = chat.sought
    for (let frame = 0; frame < MOST_FRAMES && message === chat.sought; frame += 1) {
      const element = scroller.value?.querySelector<HTMLElement>(
        `[data-answer="${message}"], [data-message="${message}"]`,
      )
      if (element) {
        element.tabIndex = -1
        element.scrollIntoView({ block: 'start' })
        // Who looks for words goes on in the box of that search.
        if (!finding.open) element.focus({ preventScroll: true })
        if (scroller.value && message !== null) words.markWords(message, scroller.value)
        return
      }
      scrollTo(index)
      await new Promise(requestAnimationFrame)
    }
  }
}

function shows(turn: Turn, message: string | null): boolean {
  return turn.key === message || turn.cells.some((cell) => cell.shown === message)
}
