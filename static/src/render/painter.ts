import { addedWords, endOf } from './append'
import { type Block, type CodeBlock, type HtmlBlock, htmlOf, type PlainBlock, type RowsBlock } from './blocks'
import { addCodeBar, offerPreview } from './code'
import { typesetLater, typesetNow } from './formula'
import { highlight } from './highlight'
import type { Labels } from '@/i18n/en/render'
import { morph } from './morph'
import { answerElements, rowElements } from './sanitise'

interface Painted {
  block: Block
  element: Element
}

/** Long code is kept in several text nodes: appending to a short one is cheaper than to a long one. */
const TEXT_NODE = 4_000

function only(elements: readonly Element[]): Element {
  const [first] = elements
  if (first && elements.length === 1) return first
  const box = document.createElement('div')
  box.append(...elements)
  return box
}

function appendText(parent: Element, text: string): void {
  const last = parent.lastChild
  if (last instanceof Text && last.length + text.length <= TEXT_NODE) last.appendData(text)
  else if (text) parent.append(text)
}

/** True where nothing but words has come, which now stand in the element. */
function appendWords(element: Element, before: string, after: string): boolean {
  const added = addedWords(before, after)
  const end = added && endOf(element, added.path)
  if (!added || !end) return false
  appendText(end, added.words)
  return true
}

function isSame(one: Block, other: Block): boolean {
  if (one === other) return true
  if (one.kind === 'code' && other.kind === 'code')
    return one.language === other.language && one.text === other.text && one.open === other.open
  if (one.kind === 'plain' && other.kind === 'plain') return one.text === other.text
  return one.kind === other.kind && htmlOf(one) === htmlOf(other)
}

/**
 * Brings blocks onto the page. A block that did not change is not touched, one that grew keeps its
 * nodes, and only finished ones are coloured.
 */
export class Painter {
  private painted: Painted[] = []

  constructor(
    private readonly root: Element,
    private labels: Labels,
  ) {}

  /**
   * Paints until `deadline` (of `performance.now()`), and one block if that has passed: what others take of a frame
   * keeps no text from the page. False when blocks are left for another call.
   */
  paint(blocks: readonly Block[], deadline = Infinity): boolean {
    for (const { element } of this.painted.splice(blocks.length)) element.remove()
    let changed = 0
    for (const [index, block] of blocks.entries()) {
      const painted = this.painted[index]
      if (painted?.block === block) continue
      if (changed > 0 && performance.now() > deadline) return false
      changed += 1
      if (painted) this.repaint(painted, block)
      else this.add(block)
    }
    return true
  }

  relabel(labels: Labels): void {
    this.labels = labels
    for (const figure of this.root.querySelectorAll('.md-code')) addCodeBar(figure, labels)
    for (const note of this.root.querySelectorAll('.md-too-long')) note.textContent = labels.tooLong
  }

  private add(block: Block): void {
    const element = this.make(block)
    this.root.append(element)
    this.painted.push({ block, element })
    this.finish(element, block)
  }

  private repaint(painted: Painted, block: Block): void {
    const before = painted.block
    painted.block = block
    if (!isSame(before, block)) painted.element = this.update(painted.element, before, block)
    if (block.done || !isSame(before, block)) this.finish(painted.element, block)
  }

  private make(block: Block): Element {
    const element = only(answerElements(htmlOf(block)))
    typesetNow(element)
    this.addCodeBars(element)
    if (block.kind !== 'plain') return element
    const box = document.createElement('div')
    const note = document.createElement('p')
    note.className = 'md-too-long'
    note.textContent = this.labels.tooLong
    box.append(note, element)
    return box
  }

  private update(element: Element, before: Block, block: Block): Element {
    if (before.kind === 'html' && block.kind === 'html') return this.updateHtml(element, before, block)
    if (before.kind === 'code' && block.kind === 'code') return this.updateCode(element, before, block)
    if (before.kind === 'plain' && block.kind === 'plain') return this.updatePlain(element, before, block)
    if (isRows(before) && isRows(block) && before.kind === block.kind && before.open === block.open) {
      return this.updateRows(element, before, block)
    }
    return this.replace(element, block)
  }

  private replace(element: Element, block: Block): Element {
    const made = this.make(block)
    element.replaceWith(made)
    return made
  }

  private updateHtml(element: Element, before: HtmlBlock, block: HtmlBlock): Element {
    if (appendWords(element, before.html, block.html)) return element
    const made = only(answerElements(block.html))
    typesetNow(made)
    if (made.nodeName !== element.nodeName || made.matches('.md-math')) return this.replace(element, block)
    morph(element, made)
    this.addCodeBars(element)
    return element
  }

  private updateCode(element: Element, before: CodeBlock, block: CodeBlock): Element {
    const code = element.querySelector('code')
    if (!code || before.language !== block.language || !block.text.startsWith(before.text)) {
      return this.replace(element, block)
    }
    if (block.text !== before.text) code.removeAttribute('data-coloured')
    element.classList.toggle('md-open', block.open)
    appendText(code, block.text.slice(before.text.length))
    return element
  }

  private updatePlain(element: Element, before: PlainBlock, block: PlainBlock): Element {
    const pre = element.querySelector('.md-plain')
    if (!pre || !block.text.startsWith(before.text)) return this.replace(element, block)
    appendText(pre, block.text.slice(before.text.length))
    return element
  }

  private updateRows(element: Element, before: RowsBlock, block: RowsBlock): Element {
    const box = block.kind === 'table' ? element.querySelector('tbody') : element
    if (!box || box.children.length !== before.rows.length) return this.replace(element, block)
    for (const row of [...box.children].slice(block.rows.length)) row.remove()
    for (const [index, html] of block.rows.entries()) {
      if (html !== before.rows[index]) this.updateRow(box, index, before.rows[index] ?? '', html)
    }
    return element
  }

  private updateRow(box: Element, index: number, before: string, html: string): void {
    const old = box.children[index]
    if (old && appendWords(old, before, html)) return
    const row = only(box.localName === 'tbody' ? rowElements(html) : answerElements(html))
    typesetNow(row)
    if (old) morph(old, row)
    else box.append(row)
    this.addCodeBars(old ?? row)
  }

  private addCodeBars(element: Element): void {
    for (const figure of figuresOf(element)) addCodeBar(figure, this.labels)
  }

  private finish(element: Element, block: Block): void {
    typesetLater(element)
    if (!block.done) return
    for (const figure of figuresOf(element)) {
      const code = figure.querySelector('code')
      if (code) highlight(code, figure.getAttribute('data-language') ?? '')
      // Half a picture or a page is none.
      if (!figure.classList.contains('md-open')) offerPreview(figure, this.labels)
    }
  }
}

function figuresOf(element: Element): Iterable<Element> {
  return element.matches('.md-code') ? [element] : element.querySelectorAll('.md-code')
}

function isRows(block: Block): block is RowsBlock {
  return 'rows' in block
}
