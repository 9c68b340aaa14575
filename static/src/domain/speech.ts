/** What of an answer's markdown a voice says: its words, without the signs, and without code and formulas. */
export function spokenParagraphs(markdown: string): string[] {
  return markdown
    .replaceAll(/^([ \t]*)(```|~~~)[^\n]*\n[\s\S]*?(?:^[ \t]*\2[^\n]*$|$(?![\s\S]))/gm, '')
    .replaceAll(/\$\$[\s\S]*?\$\$|\\\[[\s\S]{0,2000}?\\\]|\\\([\s\S]{0,2000}?\\\)/g, '')
    .replaceAll(/\$(?=[^$\n]*\\)[^$\n]*\$/g, '')
    .split('\n')
    .filter((line) => !/^[\s|:=*_-]*$/.test(line))
    .map(spokenLine)
    .filter((line) => /[\p{L}\p{N}]/u.test(line))
}

function spokenLine(line: string): string {
  return line
    .replace(/^[\s>]*(?:#{1,6}\s+|[-*+]\s+(?:\[[ xX]\]\s+)?)?/, '')
    .replaceAll(/!?\[([^\]]{0,1000})\]\([^)]{0,2000}\)/g, '$1')
    .replaceAll(/\[\d+\]/g, '')
    .replaceAll(/https?:\/\/([^\s/]+)\S*/g, '$1')
    .replaceAll(/<\/?[a-z][^>]{0,1000}>/gi, '')
    .replaceAll(/^\s*\||\|\s*$/g, '')
    .replaceAll(/(?<!\s)\s*\|\s*/g, ', ')
    .replaceAll(/\*+|`+|~~|(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

const SCRIPTS: [language: string, letters: RegExp][] = [
  ['ru', /\p{Script=Cyrillic}/gu],
  ['ar', /\p{Script=Arabic}/gu],
  ['he', /\p{Script=Hebrew}/gu],
  ['el', /\p{Script=Greek}/gu],
  ['ja', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['ko', /\p{Script=Hangul}/gu],
  ['zh', /\p{Script=Han}/gu],
  ['hi', /\p{Script=Devanagari}/gu],
]
/** Of so many letters in a row of Turkish, one is its own. */
const TELLING_LETTERS = 60

/** Which voice reads it, as far as its letters tell; else the page's own. */
export function spokenLanguage(text: string, page: string): string {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  const script = SCRIPTS.find(([, pattern]) => (text.match(pattern)?.length ?? 0) * 3 > letters)
  if (script) return script[0]
  if (/[ğışĞİŞ]/.test(text)) return 'tr'
  const isPages = page !== 'ru' && (page !== 'tr' || letters < TELLING_LETTERS)
  return isPages ? page : 'en'
}
