/** Words that are added at the end of a text need no parser: they stand in its last element. */

/** Of these a text's end can stand in, and nothing the page adds. */
const AROUND = new Set([
  'p',
  'li',
  'ul',
  'ol',
  'blockquote',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'strong',
  'em',
  's',
  'a',
  'td',
  'tr',
])

interface Added {
  readonly words: string
  /** The elements in which they stand, the outermost first. */
  readonly path: readonly string[]
}

/** What `after` has more than `before`, where that is words alone and stands at the end of its text. */
export function addedWords(before: string, after: string): Added | null {
  const { end, path } = endOfText(before)
  const closing = before.slice(end)
  if (path.length === 0 || after.length < before.length || !after.endsWith(closing)) return null
  const words = after.slice(end, after.length - closing.length)
  if (/[<>&]/.test(words) || !after.startsWith(before.slice(0, end))) return null
  return { words, path }
}

/** Where the marks begin that close all that is open at a text's end, and what they close, the outermost first. */
function endOfText(html: string): { end: number; path: string[] } {
  const path: string[] = []
  let end = html.length
  for (;;) {
    const mark = html.slice(0, end).trimEnd().length
    const begin = html.lastIndexOf('</', mark - 1)
    const name = html.slice(begin + 2, mark - 1)
    if (begin < 0 || html.charAt(mark - 1) !== '>' || !AROUND.has(name)) return { end, path }
    path.push(name)
    end = begin
  }
}

/** Where words are added in an element that was made from the HTML before; null where it is not as that says. */
export function endOf(element: Element, path: readonly string[]): Element | null {
  let at: Element | null = null
  for (const name of path) {
    at = at ? at.lastElementChild : element
    if (at?.localName !== name) return null
  }
  return at
}
