/** How well the words of a search fit a text. Pure. */
import { foldText } from './searching'

/** 3: it begins with them; 2: each begins a word of it; 1: each is in it; 0: they do not fit. Of nothing: 1. */
export function fitOf(text: string, sought: string): 0 | 1 | 2 | 3 {
  const within = foldText(text)
  const words = foldText(sought).split(/\s+/).filter(Boolean)
  if (words.length === 0) return 1
  if (within.startsWith(words.join(' '))) return 3
  const begins = (word: string): boolean => within.split(/[^\p{L}\p{N}]+/u).some((one) => one.startsWith(word))
  if (words.every(begins)) return 2
  return words.every((word) => within.includes(word)) ? 1 : 0
}

/** Those that fit, the best first; of two that fit as well the one that came first. */
export function bestFirst<Item>(
  items: readonly Item[],
  textOf: (item: Item) => string,
  sought: string,
): { item: Item; fit: number }[] {
  const fitting = items.map((item) => ({ item, fit: fitOf(textOf(item), sought) })).filter(({ fit }) => fit > 0)
  return fitting.toSorted((one, other) => other.fit - one.fit)
}
