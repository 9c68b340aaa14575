// @vitest-environment jsdom
import { expect, it } from 'vitest'

import { RenderedText } from './ranges'

const ANSWER = `<p>One <b>two</b> three</p>
<figure><div class="md-bar"><span>python</span><button>Copy</button></div><pre><code>four five</code></pre></figure>
<p>six</p>`

function rendered(): RenderedText {
  const root = document.createElement('div')
  root.innerHTML = ANSWER.replaceAll('\n', '')
  return new RenderedText(root)
}

it('the text of an answer holds no words of its buttons', () => {
  expect(rendered().text).toBe('One two three\nfour five\nsix')
})

it.each([
  ['three\nfour', ['three', 'four']],
  ['two three\nfour five\nsix', ['two', ' three', 'four five', 'six']],
  ['five\nsix', ['five', 'six']],
  ['our', ['our']],
  ['One two', ['One ', 'two']],
])('what is marked of “%s” is its words alone, not the buttons between them', (words, expected) => {
  const text = rendered()
  const start = text.text.indexOf(words)
  expect(text.ranges(start, start + words.length).map(String)).toEqual(expected)
})
