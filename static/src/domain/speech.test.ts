import { describe, expect, it } from 'vitest'

import { spokenLanguage, spokenParagraphs } from './speech'

describe('what is read aloud', () => {
  it('is the words, without the signs of markdown', () => {
    const said = spokenParagraphs(
      '# A **bold** title\n\n> quoted [link](https://x.y/z) and `snake_case`\n\n- [x] done\n* one_two_ [3]',
    )
    expect(said).toEqual(['A bold title', 'quoted link and snake_case', 'done', 'one_two'])
  })

  it('leaves out code and formulas, also where the code has not ended', () => {
    const said = spokenParagraphs(
      'Before\n\n```python\nprint("no")\n```\n\n$$\\sum_k$$\n\nBetween $5 and $6 $e^{i\\pi}$\n\n~~~\nno\n',
    )
    expect(said).toEqual(['Before', 'Between $5 and $6'])
  })

  it('reads a table row by row', () => {
    expect(spokenParagraphs('| a | b |\n|---|--:|\n| 1 | 2 |\n\n---')).toEqual(['a, b', '1, 2'])
  })
})

describe('the language of the voice', () => {
  it.each([
    ['Güneş doğudan yükselir.', 'en', 'tr'],
    ['Солнце встаёт на востоке.', 'tr', 'ru'],
    ['The sun rises in the east.', 'ru', 'en'],
    ['Tamam.', 'tr', 'tr'],
    ['The sun rises in the east, and everybody who gets up early enough can see it; others believe them.', 'tr', 'en'],
    ['日本語です', 'en', 'ja'],
    ['太陽從東方升起', 'en', 'zh'],
  ])('of “%s” on a page in %s is %s', (text, page, language) => {
    expect(spokenLanguage(text, page)).toBe(language)
  })
})
