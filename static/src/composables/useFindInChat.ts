import { useDebounceFn, useEventListener } from '@vueuse/core'
import { computed, onScopeDispose, ref, type Ref, watch } from 'vue'

import { type Folded, foldInPlace, foldWanted, occurrencesIn, spansIn } from '@/domain/finding'
import { isAnswer } from '@/domain/conversation'
import type { Part } from '@/protocol/types.gen'
import { plainText } from '@/render/plainText'
import { RenderedText } from '@/render/ranges'
import { useChat } from '@/stores/chat'
import { type FoundPlace, useFinding } from '@/stores/finding'

/** More places than these are not counted, and more than `MOST_MARKED` on the page not marked. */
const MOST = 9_999
const MOST_MARKED = 2_000
const SLICE_MS = 8
const TYPED_MS = 120
const DRAWN_MS = 150
/** A shown place keeps this much of the window's height above itself. */
const HEIGHT = 1 / 3
/** What lies above the text: the names of the answers, and the box of the search. */
const COVERED_PX = 112

/**
 * What is typed, sought in all words of the shown path, drawn or not; and the way from place to place. What is on the page
 * is marked by the browser's highlights: no element is added or changed.
 */
export function useFindInChat(scrollerOf: () => HTMLElement | null) {
  const chat = useChat()
  const finding = useFinding()
  const query = ref('')
  const places = ref<readonly FoundPlace[]>([])
  const looking = ref(false)
  const wanted = computed(() => foldWanted(query.value))
  const at = computed(() => places.value.findIndex((place) => isSame(place, finding.current)))
  const many = computed(() => places.value.length >= MOST)
  const texts = new WeakMap<readonly Part[], string[]>()
  let asked = 0
  let follows = false

  function messages(): string[] {
    return chat.turns.flatMap((turn) => [...(turn.user ? [turn.key] : []), ...turn.cells.map((cell) => cell.shown)])
  }

  /** Of each text of a message its words as they are compared. */
  function textsOf(message: string): readonly string[] {
    const record = chat.state.messages.get(message)
    const parts = record?.parts ?? chat.live.get(message)?.value.parts ?? []
    const known = texts.get(parts)
    if (known) return known
    const isMarkdown = record === undefined || isAnswer(record)
    const made = parts.flatMap((part) =>
      part.type === 'text' ? [foldInPlace(isMarkdown ? plainText(part.text) : part.text).text] : [],
    )
    if (record?.parts) texts.set(record.parts, made)
    return made
  }

  /** In slices, so that typing and streaming go on; only the last of several looks ends. */
  async function look(): Promise<void> {
    asked += 1
    const mine = asked
    const words = wanted.value
    looking.value = words !== ''
    if (words !== '') chat.requestMessages(chat.elidedOnPath())
    const found: FoundPlace[] = []
    let end = performance.now() + SLICE_MS
    for (const message of words === '' ? [] : messages()) {
      if (found.length >= MOST) break
      const count = textsOf(message).reduce((sum, text) => sum + occurrencesIn(text, words, MOST).length, 0)
      for (let place = 0; place < count && found.length < MOST; place += 1) found.push({ message, at: place })
      if (performance.now() < end) continue
      await new Promise((resolve) => setTimeout(resolve, 0))
      if (mine !== asked) return
      end = performance.now() + SLICE_MS
    }
    places.value = found
    looking.value = words !== '' && chat.elidedOnPath().length > 0
    if (at.value < 0) go(firstInView())
    draw()
  }

  function firstInView(): FoundPlace | null {
    const scroller = scrollerOf()
    const top = scroller?.getBoundingClientRect().top ?? 0
    const seen = [...(scroller?.querySelectorAll<HTMLElement>('[data-turn]') ?? [])].find(
      (turn) => turn.getBoundingClientRect().bottom > top + COVERED_PX,
    )
    const from = chat.turns.findIndex((turn) => turn.key === seen?.dataset.turn)
    const later = new Set(
      chat.turns.slice(Math.max(0, from)).flatMap((turn) => [turn.key, ...turn.cells.map((cell) => cell.shown)]),
    )
    return places.value.find(({ message }) => later.has(message)) ?? places.value[0] ?? null
  }

  function step(by: 1 | -1): void {
    const count = places.value.length
    if (count === 0) return void look()
    const from = at.value < 0 && by < 0 ? 0 : at.value
    go(places.value[(from + by + count) % count] ?? null)
    draw()
  }

  /** What is not on the page, or folded away, is brought there; it is shown once it is drawn. */
  function go(place: FoundPlace | null): void {
    finding.current = place
    follows = place !== null
    if (place && !rangeOf(place)) void chat.seek(place.message)
  }

  function rangesIn(message: string): Range[] {
    const parts = scrollerOf()?.querySelectorAll(
      `:is([data-answer="${message}"], [data-message="${message}"]) :is(.md, .text)[data-searched]`,
    )
    return [...(parts ?? [])].flatMap((part) => {
      const rendered = new RenderedText(part)
      const folded: Folded = foldInPlace(rendered.text)
      return spansIn(folded, wanted.value, MOST_MARKED).map(([start, end]) => rendered.range(start, end))
    })
  }

  /** Null where it does not stand open on the page. A formula that was drawn since it was counted is passed over. */
  function rangeOf({ message, at: place }: FoundPlace): Range | null {
    const ranges = rangesIn(message)
    const range = ranges[Math.min(place, ranges.length - 1)]
    return range && !range.startContainer.parentElement?.closest('.folded') ? range : null
  }

  function draw(): void {
    const scroller = scrollerOf()
    if (!scroller || !('highlights' in CSS)) return
    const drawn = new Set(
      [...scroller.querySelectorAll<HTMLElement>('[data-answer], [data-message]')].map(
        ({ dataset }) => dataset.answer ?? dataset.message ?? '',
      ),
    )
    const found = new Set(places.value.map(({ message }) => message))
    const ranges = [...drawn].filter((message) => found.has(message)).flatMap(rangesIn)
    const now = finding.current && drawn.has(finding.current.message) ? rangeOf(finding.current) : null
    CSS.highlights.set('found', new Highlight(...ranges.slice(0, MOST_MARKED)))
    const shown = new Highlight(...(now ? [now] : []))
    shown.priority = 1
    CSS.highlights.set('found-now', shown)
    if (follows && now) bring(now, scroller)
  }

  const drawSoon = useDebounceFn(draw, DRAWN_MS, { maxWait: DRAWN_MS })
  const lookSoon = useDebounceFn(() => void look(), TYPED_MS, { maxWait: 2 * TYPED_MS })
  const changes = new MutationObserver(() => void drawSoon())

  watch(
    scrollerOf,
    (scroller) => scroller && changes.observe(scroller, { childList: true, characterData: true, subtree: true }),
    {
      immediate: true,
      flush: 'post',
    },
  )
  watch(wanted, () => {
    finding.current = null
    void lookSoon()
  })
  watch([() => chat.turns, () => chat.state], () => wanted.value !== '' && void lookSoon())
  for (const hand of ['wheel', 'pointerdown', 'touchmove'] as const)
    useEventListener(window, hand, () => (follows = false), { passive: true })

  onScopeDispose(() => {
    asked += 1
    changes.disconnect()
    if (!('highlights' in CSS)) return
    CSS.highlights.delete('found')
    CSS.highlights.delete('found-now')
  })

  return { query, places: places as Readonly<Ref<readonly FoundPlace[]>>, at, many, looking, step }
}

function isSame(one: FoundPlace, other: FoundPlace | null): boolean {
  return one.message === other?.message && one.at === other.at
}

function bring(range: Range, scroller: HTMLElement): void {
  // What stands in a scroller of its own, as wide code, comes into its view first.
  range.startContainer.parentElement?.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' })
  const place = range.getBoundingClientRect()
  const view = scroller.getBoundingClientRect()
  if (place.top >= view.top + COVERED_PX && place.bottom <= view.bottom) return
  scroller.scrollBy({ top: place.top - view.top - view.height * HEIGHT, behavior: 'instant' })
}
