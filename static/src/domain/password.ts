/** How hard a password is to guess, roughly: what the page says while one is typed. The server decides. Pure. */

export type Strength = 'short' | 'weak' | 'fair' | 'strong'

export const SHORTEST_PASSWORD = 8
const FAIR_BITS = 45
const STRONG_BITS = 75

const KINDS: readonly (readonly [RegExp, number])[] = [
  [/\p{Ll}/u, 26],
  [/\p{Lu}/u, 26],
  [/\p{N}/u, 10],
  [/\p{Lo}/u, 200],
  [/[^\p{L}\p{N}]/u, 30],
]

/** `name`: of whose password it is; what contains it is as short as the rest of it. */
export function strengthOf(password: string, name: string): Strength {
  if ([...password].length < SHORTEST_PASSWORD) return 'short'
  const rest = name.length > 2 ? password.toLowerCase().replaceAll(name.toLowerCase(), '') : password
  const kinds = KINDS.filter(([kind]) => kind.test(password)).reduce((sum, [, size]) => sum + size, 0)
  const bits = countSurprises([...rest]) * Math.log2(Math.max(kinds, 2))
  return bits >= STRONG_BITS ? 'strong' : bits >= FAIR_BITS ? 'fair' : 'weak'
}

/** Letters that do not follow from those before: `aaaa`, `1234` and `abab` have few. */
function countSurprises(letters: readonly string[]): number {
  return letters.filter((letter, at) => {
    const [last, before] = [letters[at - 1], letters[at - 2]]
    if (last === undefined) return true
    return letter !== before && Math.abs(codeOf(letter) - codeOf(last)) > 1
  }).length
}

function codeOf(letter: string): number {
  return letter.codePointAt(0) ?? 0
}
