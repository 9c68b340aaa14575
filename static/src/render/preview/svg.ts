/** Longer ones are not drawn. */
const LONGEST = 1_000_000
/** Elements, each as often as it is drawn: `<use>` of a group of `<use>` makes millions of a few lines. */
const MOST_ELEMENTS = 20_000
const SVG = 'http://www.w3.org/2000/svg'

export type Refusal = 'tooLong' | 'badSvg'

/** A text that can be shown as a picture, or why it cannot. Nothing of it becomes part of the page. */
export function readSvg(text: string): { svg: string } | { refusal: Refusal } {
  const refused = (refusal: Refusal) => ({ refusal })
  if (text.length > LONGEST || /<!ENTITY/i.test(text)) return refused('tooLong')
  const svg = withNamespaces(text)
  // As HTML, which has no errors that would be drawn; whether it is whole XML the picture tells.
  const root = new DOMParser().parseFromString(withoutStyles(svg), 'text/html').querySelector('svg')
  if (!root) return refused('badSvg')
  if (countDrawn(root, new Map(), 0) > MOST_ELEMENTS) return refused('tooLong')
  return { svg: withSize(svg, root) }
}

/** Models leave out what only a file of its own needs. */
function withNamespaces(text: string): string {
  const own = /<svg\b[^>]*\bxmlns\s*=/i.test(text) ? '' : ` xmlns="${SVG}"`
  const links =
    /xlink:href/.test(text) && !/xmlns:xlink/.test(text) ? ' xmlns:xlink="http://www.w3.org/1999/xlink"' : ''
  return text.trim().replace(/<svg\b/i, (tag) => `${tag}${own}${links}`)
}

/** For looking at alone: the page's Content-Security-Policy holds for styles of what it parses, too. */
function withoutStyles(svg: string): string {
  return svg.replace(/(\s)style(\s*=)/gi, '$1data-css$2').replace(/<(\/?)style\b/gi, '<$1desc')
}

function countDrawn(element: Element, known: Map<Element, number>, depth: number): number {
  const before = known.get(element)
  if (before !== undefined) return before
  if (depth > 500) return Infinity
  // Of one that draws itself browsers draw nothing.
  known.set(element, 0)
  let count = 1
  for (const child of element.children) count += countDrawn(child, known, depth + 1)
  for (const used of referredTo(element)) count += countDrawn(used, known, depth + 1)
  known.set(element, count)
  return count
}

/** What it draws beside its children: by `<use>`, and as pattern, mask, marker or filter. */
function referredTo(element: Element): Element[] {
  const found: Element[] = []
  for (const { value } of element.attributes) {
    for (const [, id] of value.matchAll(/(?:^|url\(\s*["']?)#([^\s"')]+)/g)) {
      const target = id === undefined ? null : element.ownerDocument.getElementById(id)
      if (target) found.push(target)
    }
  }
  return found
}

/** A picture without a size of its own would be as wide as a browser thinks; one in per cent has none. */
function withSize(svg: string, root: Element): string {
  const [, , width, height] = (root.getAttribute('viewBox') ?? '')
    .trim()
    .split(/[\s,]+/)
    .map(Number)
  let sized = svg
  for (const [name, size] of [
    ['width', width],
    ['height', height],
  ] as const) {
    const given = root.getAttribute(name)
    if ((given !== null && !given.includes('%')) || size === undefined || !(size > 0)) continue
    sized = sized.replace(
      /<svg\b[^>]*/i,
      (tag) => `<svg ${name}="${size}"${tag.slice(4).replace(new RegExp(`\\s${name}\\s*=\\s*("[^"]*"|'[^']*')`), '')}`,
    )
  }
  return sized
}
