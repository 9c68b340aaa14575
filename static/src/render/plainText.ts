import { htmlOf, parseBlocks } from './blocks'
import { MAX_MARKDOWN } from './limits'
import { RenderedText } from './ranges'

/** The words that a reader sees of a text of Markdown, without drawing it: nothing of the document it makes is loaded or run. */
export function plainText(source: string): string {
  if (source.length > MAX_MARKDOWN) return source
  const html = parseBlocks(source, {}).map(htmlOf).join('')
  return new RenderedText(new DOMParser().parseFromString(html, 'text/html').body).text
}
