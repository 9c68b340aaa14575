import { type Phrase, phrasesOf } from '@/domain/matching'
import { mark, unmark } from '@/render/marked'

/** Where in the window the first word comes to stand, from above. */
const HEIGHT = 1 / 3
const HANDS = ['wheel', 'pointerdown', 'touchmove', 'keydown'] as const

let wanted: { message: string; phrases: Phrase[] } | null = null
let end: (() => void) | null = null

/** The words that a message was found by: marked in it once it stands in the page, until a click or another search. */
export function useFoundWords() {
  function setWords(message: string | null, words: string): void {
    clearWords()
    if (message !== null) wanted = { message, phrases: phrasesOf(words) }
  }

  function clearWords(): void {
    wanted = null
    end?.()
  }

  /** Brings the first word into view too, and keeps to both while the message is drawn, until a person takes over. */
  function markWords(message: string, scroller: HTMLElement): void {
    end?.()
    if (wanted?.message !== message || wanted.phrases.length === 0) return
    const { phrases } = wanted
    const leave = new AbortController()
    let following = true
    let frame = 0
    let parts: Element[] = []

    function draw(): void {
      parts = [...scroller.querySelectorAll(partsOf(message))]
      const ranges = mark(parts, phrases)
      if (following && ranges[0]) bring(ranges[0], scroller)
    }
    const changes = new MutationObserver((records) => {
      const same =
        parts.length > 0 &&
        parts.every((part) => part.isConnected && !records.some(({ target }) => part.contains(target)))
      if (same) return
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(draw)
    })
    changes.observe(scroller, { childList: true, characterData: true, subtree: true })
    // What led here may still be on its way up to the window.
    const began = performance.now()
    window.addEventListener('click', ({ timeStamp }) => timeStamp > began && clearWords(), { signal: leave.signal })
    for (const name of HANDS) {
      window.addEventListener(name, ({ timeStamp }) => (following &&= timeStamp <= began), {
        signal: leave.signal,
        passive: true,
      })
    }
    end = () => {
      changes.disconnect()
      cancelAnimationFrame(frame)
      leave.abort()
      unmark()
      end = null
    }
    draw()
  }

  return { setWords, markWords, clearWords }
}

function partsOf(message: string): string {
  return `:is([data-answer="${message}"], [data-message="${message}"]) [data-searched]`
}

function bring(word: Range, scroller: HTMLElement): void {
  const place = word.getBoundingClientRect()
  const view = scroller.getBoundingClientRect()
  if (place.top >= view.top && place.bottom <= view.bottom) return
  scroller.scrollBy({ top: place.top - view.top - view.height * HEIGHT, behavior: 'instant' })
}
