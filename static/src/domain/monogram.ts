/** Two letters that stand for a name: the first of two of its words, else its first two. What is in brackets is no part of it. */
export function monogram(name: string): string {
  const [plain = ''] = name.split(' (')
  const words = plain.match(/\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|\p{N}+/gu) ?? []
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => word[0]) : [...(words[0] ?? plain)].slice(0, 2)
  return letters.join('')
}
