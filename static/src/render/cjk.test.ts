import fc from 'fast-check'
import createParser from 'markdown-it'
import { describe, expect, it } from 'vitest'

import { useCjkEmphasis } from './cjk'
import { MarkdownDocument } from './document'
import { parser } from './parser'

function bold(source: string): string {
  return parser.renderInline(source)
}

describe('emphasis beside Chinese, Japanese and Korean', () => {
  it.each([
    ['**“引用”**的意思。', '<strong>“引用”</strong>的意思。'],
    ['**你好：**世界。', '<strong>你好：</strong>世界。'],
    ['これは**「重要」**です。', 'これは<strong>「重要」</strong>です。'],
    ['**굵게**는', '<strong>굵게</strong>는'],
    ['**“굵게”**는 그리고 **(강조)**를', '<strong>“굵게”</strong>는 그리고 <strong>(강조)</strong>를'],
    ['太郎は**“こんにちは”**と言った', '太郎は<strong>“こんにちは”</strong>と言った'],
    ['这是*“斜体”*的', '这是<em>“斜体”</em>的'],
    ['这是***“都有”***的', '这是<em><strong>“都有”</strong></em>的'],
    ['这是~~“删除”~~的', '这是<s>“删除”</s>的'],
    ['**`code`**の例', '<strong><code>code</code></strong>の例'],
    ['**50%**的人', '<strong>50%</strong>的人'],
    ['结果：**42。**下一个：**43！**完', '结果：<strong>42。</strong>下一个：<strong>43！</strong>完'],
    ['𠮷野家**“牛丼”**𠮷野家', '𠮷野家<strong>“牛丼”</strong>𠮷野家'],
    ['2**3**4 和 snake_case_名', '2<strong>3</strong>4 和 snake_case_名'],
    ['这 ** 不是 ** 强调', '这 ** 不是 ** 强调'],
    ['你好**世界', '你好**世界'],
  ])('is read in %s', (source, html) => {
    expect(bold(source)).toBe(html)
  })

  it('is bold from its first letter while it streams', () => {
    const document = new MarkdownDocument()
    const source = '这是**“引用”**的意思。\n\nこれは**「重要」**です。'
    for (let end = 1; end <= source.length; end++) {
      const html = JSON.stringify(document.update(source.slice(0, end), true))
      expect(html).not.toContain('**')
      if (end > 6 && end < 12) expect(html).toContain('<strong>“')
    }
  })

  it('leaves every text without such letters as it was', () => {
    const [plain, with_] = [createParser(), createParser()]
    useCjkEmphasis(with_)
    const piece = fc.constantFrom(
      '**',
      '*',
      '***',
      '_',
      '__',
      '~~',
      'a',
      'ı',
      'я',
      'é',
      '“',
      '”',
      '«',
      '(',
      ')',
      '.',
      ' ',
      '🎉',
      '2',
      '`',
      '—',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(with_.render(pieces.join(''))).toBe(plain.render(pieces.join('')))
      }),
      { numRuns: 1000 },
    )
  })
})
