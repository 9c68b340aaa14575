import { computed, type ComputedRef, nextTick, onScopeDispose, ref, type ShallowRef, watch } from 'vue'

import type { Turn } from '@/domain/timeline'
import { useChat } from '@/stores/chat'

import { usePrinting } from './usePrinting'

/** A conversation of so many turns stands on the page as a whole. */
const WHOLE_TURNS = 24
const TAIL_TURNS = 4
/** A step that took longer is followed by a shorter one. */
const STEP_MS = 10

interface Place {
  scroller: Readonly<ShallowRef<HTMLElement | null>>
  turns: () => Turn[]
  /** The end is followed, so that what comes above it moves nothing. */
  stuck: () => boolean
}

interface Drawn {
  /** Of these only what is in view is drawn. */
  virtual: ComputedRef<Turn[]>
  /** These stand in the normal flow. */
  tail: ComputedRef<Turn[]>
  /** Resolves once every turn has its place. */
  renderAll: () => Promise<void>
}

/**
 * Which turns of the conversation are on the page. The last ones stand in the normal flow: what grows there moves
 * the end of the page in the same frame, so that following it does not tremble. Only what is above, in a long
 * conversation, is a virtual list; on paper nothing is.
 *
 * Of a conversation that is opened the newest turn is drawn first and those before it after it, in tasks of their
 * own, each after a frame was painted. A reader's place stays where it is meanwhile.
 */
export function useRenderedTurns({ scroller, turns, stuck }: Place): Drawn {
  const chat = useChat()
  const { printing } = usePrinting()
  /** Turns before this one are not drawn yet. */
  const first = ref(0)
  let step = 1
  let frame = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const count = computed(() => turns().length)
  const split = computed(() =>
    printing.value || count.value <= WHOLE_TURNS ? 0 : Math.floor((count.value - TAIL_TURNS) / TAIL_TURNS) * TAIL_TURNS,
  )
  const growing = computed(() => first.value > 0 && !printing.value)
  const virtual = computed(() => (growing.value ? [] : turns().slice(0, split.value)))
  const tail = computed(() => turns().slice(growing.value ? first.value : split.value))

  watch(
    [() => chat.id, count],
    ([id, now], [idBefore, before]) => {
      if (id !== idBefore || before === 0) begin(now)
      else first.value = Math.min(first.value, lastOf(now))
    },
    { immediate: true },
  )
  onScopeDispose(cancel)

  function begin(now: number): void {
    cancel()
    step = 1
    first.value = lastOf(now)
    if (first.value > 0) growLater()
  }

  function cancel(): void {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
  }

  /** After the next frame was painted; a page in the background gets none. */
  function growLater(): void {
    const grow = (): void => void (timer = setTimeout(() => void growNow(), 0))
    if (document.visibilityState === 'hidden') grow()
    else frame = requestAnimationFrame(grow)
  }

  async function growNow(): Promise<void> {
    const began = performance.now()
    const drawn = stuck() ? null : (scroller.value?.querySelector('[data-turn]') ?? null)
    const top = drawn?.getBoundingClientRect().top ?? 0
    first.value = before(first.value)
    await nextTick()
    if (scroller.value && drawn) scroller.value.scrollTop += drawn.getBoundingClientRect().top - top
    step = performance.now() - began < STEP_MS ? step * 2 : Math.max(1, Math.floor(step / 2))
    if (first.value > 0) growLater()
  }

  /** The rest of the tail in steps, then the virtual list above it at once: it draws little. */
  function before(turn: number): number {
    return turn > split.value ? Math.max(split.value, turn - step) : 0
  }

  function renderAll(): Promise<void> {
    return new Promise((done) => {
      const stop = watch(
        growing,
        (now) => {
          if (now) return
          done()
          void nextTick(() => stop())
        },
        { immediate: true },
      )
    })
  }

  return { virtual, tail, renderAll }
}

function lastOf(count: number): number {
  return Math.max(0, count - 1)
}
