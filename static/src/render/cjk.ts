import type { MarkdownIt, StateInline } from 'markdown-it'

/**
 * Chinese, Japanese and Korean letters, signs and full-width punctuation (conversations/emphasis.py has the
 * same). Quotation marks like “” are written in Latin texts too, and are none of these.
 */
const CJK =
  /[\u1100-\u11ff\u2e80-\u303f\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe10-\ufe1f\ufe30-\ufe6f\uff01-\uffee\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|[\u{e0100}-\u{e01ef}]/u
/** The last character, both halves of it. */
const BEFORE = /(?:[\ud800-\udbff][\udc00-\udfff]|[^])$/

/**
 * Between words without spaces Markdown's rule fails: in `**“引用”**的` the marks stand behind punctuation and
 * before a letter, so that they may only open. Beside these letters they may open and close.
 */
export function useCjkEmphasis(md: MarkdownIt): void {
  const { isWhiteSpace } = md.utils
  md.inline.State = class extends md.inline.State {
    override scanDelims(start: number, canSplitWord: boolean) {
      const scanned = super.scanDelims(start, canSplitWord)
      if (!canSplitWord || (scanned.can_open && scanned.can_close)) return scanned
      const before = BEFORE.exec(this.src.slice(Math.max(0, start - 2), start))?.[0] ?? ' '
      const after = String.fromCodePoint(this.src.codePointAt(start + scanned.length) ?? 32)
      const atSpace =
        start + scanned.length >= this.posMax || [before, after].some((char) => isWhiteSpace(char.charCodeAt(0)))
      return atSpace || !(CJK.test(before) || CJK.test(after))
        ? scanned
        : { ...scanned, can_open: true, can_close: true }
    }
  }
}

/** Whether marks stand beside such a letter, by the token that holds them. */
export function isBesideCjk({ tokens }: StateInline, place: number): boolean {
  const isMark = (at: number) => /^(?:\*+|~+)$/.test(tokens[at]?.content ?? '')
  let [before, after] = [place - 1, place + 1]
  while (isMark(before)) before--
  while (isMark(after)) after++
  const next = tokens[after]?.content.codePointAt(0) ?? 32
  return CJK.test(BEFORE.exec(tokens[before]?.content ?? '')?.[0] ?? '') || CJK.test(String.fromCodePoint(next))
}
