/** Every button that is only a picture, and every picture that says something, has the page's own tooltip. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { describe, expect, it } from 'vitest'
import { parse } from 'vue/compiler-sfc'

interface Attribute {
  type: number
  name: string
  value?: { content: string }
  arg?: { content: string }
  exp?: { content: string }
}

interface Node {
  type: number
  tag?: string
  content?: unknown
  props?: Attribute[]
  children?: Node[]
  loc: { start: { line: number } }
}

const [ELEMENT, TEXT, INTERPOLATION] = [1, 2, 5]
/** Other people's, which draw a button of their own unless they are told to take what stands in them. */
const PRESSED = /^(?:button|a|[A-Z]\w*(?:Trigger|Close))$/

const ROOT = import.meta.dirname
const templates = new Map(
  readdirSync(ROOT, { recursive: true, encoding: 'utf-8' })
    .filter((path) => path.endsWith('.vue'))
    .map((path) => {
      const { descriptor } = parse(readFileSync(join(ROOT, path), 'utf-8'), { filename: path })
      return [path, descriptor.template?.ast as unknown as Node | undefined] as const
    }),
)
const byName = new Map([...templates].map(([path, ast]) => [basename(path, '.vue'), ast]))

function* elements(node: Node | undefined): Generator<Node> {
  if (!node) return
  if (node.type === ELEMENT) yield node
  for (const child of node.children ?? []) yield* elements(child)
}

/** A plain attribute, or a bound one. */
function has(node: Node, name: string): boolean {
  return (node.props ?? []).some((prop) => prop.name === name || (prop.name === 'bind' && prop.arg?.content === name))
}

function isHidden(node: Node): boolean {
  return (node.props ?? []).some((prop) => prop.value?.content === 'visually-hidden')
}

function saysSomething(node: Node): boolean {
  if (node.type === TEXT) return String(node.content).trim() !== ''
  return node.type === INTERPOLATION || node.tag === 'slot' || (node.tag === 'img' && has(node, 'alt'))
}

/** Whether there is something to read in it, also in what it is made of. */
function speaks(node: Node, seen: readonly string[] = []): boolean {
  if (isHidden(node)) return false
  const { tag = '', children = [] } = node
  const own = seen.includes(tag) ? undefined : byName.get(tag)
  return (
    saysSomething(node) ||
    (own !== undefined && speaks(own, [...seen, tag])) ||
    children.some((child) => speaks(child, seen))
  )
}

function found(wrong: (node: Node) => boolean): string[] {
  return [...templates].flatMap(([path, ast]) =>
    [...elements(ast)].filter(wrong).map((node) => `${path}:${node.loc.start.line} <${node.tag}>`),
  )
}

describe('tooltips', () => {
  it('are there for every button that is only a picture', () => {
    const isBare = (node: Node): boolean =>
      PRESSED.test(node.tag ?? '') &&
      !has(node, 'as-child') &&
      !has(node, 'hidden') &&
      !has(node, 'data-tip') &&
      !speaks(node)
    expect(found(isBare)).toEqual([])
  })

  it('are there for every picture that says something', () => {
    const isPicture = (node: Node): boolean =>
      (node.props ?? []).some(({ name, value }) => name === 'role' && value?.content === 'img')
    expect(found((node) => isPicture(node) && has(node, 'aria-label') && !has(node, 'data-tip'))).toEqual([])
  })

  it('are never the browser’s own, which no key and no finger brings up', () => {
    expect(found((node) => /^[a-z]/.test(node.tag ?? '') && has(node, 'title'))).toEqual([])
  })
})
