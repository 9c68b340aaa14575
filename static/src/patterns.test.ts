import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import ts from 'typescript'
import { describe, expect, it } from 'vitest'

/** Every regular expression of the page, on texts of 100 kB that are made from its own pieces. */

const SIZE = 100_000
const MOST_MS = 3_000
const CANDIDATES = [...'a0 \n\t-_.,:;\'"`<>()[]{}/\\$*#=|&%@!?~^+é中']
/** No pattern speaks of it: where it stands, nothing matches. */
const BREAK = '\u0001'

interface Pattern {
  place: string
  source: string
  flags: string
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|vue)$/.test(name) && !/\.test\.ts$|\.gen\.ts$/.test(name))
    .map((name) => join(folder, name))
}

/** Of a component, what stands in its script; patterns in templates would stand in there as well. */
function script(path: string): string {
  const text = readFileSync(path, 'utf8')
  if (!path.endsWith('.vue')) return text
  const tag = text.indexOf('<script')
  const start = text.indexOf('>', tag) + 1
  return tag < 0 ? '' : text.slice(start, text.indexOf('</script>', start))
}

function patternsOf(path: string): Pattern[] {
  const found: Pattern[] = []
  const file = ts.createSourceFile(path, script(path), ts.ScriptTarget.Latest, true)
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      found.push({ place: path, source: node.text.slice(1, end), flags: node.text.slice(end + 1) })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

interface Piece {
  /** One text that it takes. */
  sample: string
  /** What it may repeat, where it repeats. */
  bodies: string[]
  inner: Piece[][]
}

/** Reads a pattern's pieces; of what it looks ahead or behind for, none. */
class Reader {
  private at = 0
  constructor(
    private readonly source: string,
    private readonly flags: string,
  ) {}

  alternatives(): Piece[][] {
    const rows: Piece[][] = [[]]
    while (this.at < this.source.length && this.source[this.at] !== ')') {
      if (this.source[this.at] === '|') {
        this.at++
        rows.push([])
      } else rows.at(-1)?.push(this.piece())
    }
    return rows
  }

  private piece(): Piece {
    const char = this.source[this.at] ?? ''
    const made = char === '(' ? this.group() : char === '[' ? this.oneOf(this.untilBracket()) : this.single()
    const count = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(this.source.slice(this.at))?.[0] ?? ''
    this.at += count.length
    return repeated(made, count)
  }

  private group(): Piece {
    const opening = /^\((?:\?(?:[:=!]|<[=!]|<[^>]+>))?/.exec(this.source.slice(this.at))?.[0] ?? '('
    this.at += opening.length
    const inner = this.alternatives()
    this.at++
    const looks = /^\(\?<?[=!]/.test(opening)
    return { sample: looks ? '' : sampleOf(inner[0] ?? []), bodies: [], inner }
  }

  private untilBracket(): string {
    const start = this.at++
    while (this.at < this.source.length && this.source[this.at] !== ']')
      this.at += this.source[this.at] === '\\' ? 2 : 1
    return this.source.slice(start, ++this.at)
  }

  private single(): Piece {
    const escape = /^\\(?:u\{[^}]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[pP]\{[^}]+\}|k<[^>]+>|\d+|.)/su
    const text =
      escape.exec(this.source.slice(this.at))?.[0] ?? String.fromCodePoint(this.source.codePointAt(this.at) ?? 0)
    this.at += text.length
    if (/^(?:\^|\$|\\b|\\B|\\k.*|\\\d+)$/.test(text)) return { sample: '', bodies: [], inner: [] }
    return this.oneOf(text)
  }

  private oneOf(text: string): Piece {
    const one = new RegExp(`^(?:${text})$`, this.flags.replace(/[gy]/g, ''))
    const letters = CANDIDATES.filter((char) => one.test(char))
    const code = /^\\(?:u\{?|x)([0-9a-fA-F]+)\}?$/.exec(text)?.[1]
    const plain = code ? String.fromCodePoint(parseInt(code, 16)) : text.length <= 2 && one.test(text) ? text : ''
    const some = [...new Set([...letters.slice(0, 1), ...letters.slice(-2)])]
    if (!some.length) some.push(plain || rangeStart(text))
    return { sample: some[0] ?? '', bodies: some, inner: [] }
  }
}

function repeated(piece: Piece, count: string): Piece {
  if (!piece.sample || /^(?:\?|\{[01]\}|$)/.test(count)) return { ...piece, bodies: [] }
  const least = Number(/^\{(\d+)/.exec(count)?.[1] ?? 1)
  const sample = piece.sample.repeat(Math.min(Math.max(least, 1), 64))
  return { sample, bodies: piece.bodies.length ? piece.bodies : [piece.sample], inner: piece.inner }
}

function rangeStart(set: string): string {
  return [...set.replace(/^\[\^?/, '')][0] ?? 'a'
}

function sampleOf(row: Piece[]): string {
  return row.map((piece) => piece.sample).join('')
}

/** What leads to each piece that repeats, and what it repeats. */
function* places(row: Piece[], before = ''): Generator<[string, string]> {
  for (const piece of row) {
    for (const body of piece.bodies) yield [before, body]
    for (const inner of piece.inner) yield* places(inner, before)
    before += piece.sample
  }
}

function hostileTexts({ source, flags }: Pattern): string[] {
  const units = new Map<string, string>()
  const add = (head: string, body: string, tail = BREAK): void => {
    if (body)
      units.set(
        JSON.stringify([head, body, tail]),
        head + body.repeat(Math.ceil(SIZE / body.length)).slice(0, SIZE) + tail,
      )
  }
  for (const row of new Reader(source, flags).alternatives()) {
    const sample = sampleOf(row)
    for (const [head, body] of places(row)) {
      add(head, body)
      add('', head + body)
      add('', head)
      add('', head + '\n')
      add('', body)
    }
    add('', sample)
    add('', sample.slice(0, -1))
    add('', sample + '\n', '')
  }
  return [...units.values()].slice(0, 120)
}

/** Milliseconds of the slowest text of each pattern, as far as a process of its own comes in the time. */
function slowest(patterns: Pattern[]): number[] {
  const program = `
    const { readFileSync, writeSync } = require('node:fs')
    for (const { source, flags, texts } of JSON.parse(readFileSync(0, 'utf8'))) {
      let worst = 0
      for (const text of texts) {
        const pattern = new RegExp(source, flags), before = process.cpuUsage()
        if (pattern.global) text.replace(pattern, '$&')
        else pattern.test(text)
        const { user, system } = process.cpuUsage(before)
        worst = Math.max(worst, (user + system) / 1000)
        if (worst > ${MOST_MS}) break
      }
      writeSync(1, worst + '\\n')
    }`
  const input = JSON.stringify(patterns.map((one) => ({ ...one, texts: hostileTexts(one) })))
  const done = spawnSync(process.execPath, ['-e', program], {
    input,
    encoding: 'utf8',
    timeout: 240_000,
    maxBuffer: 1 << 24,
  })
  return done.stdout.split('\n').filter(Boolean).map(Number)
}

function tooSlow(patterns: Pattern[]): Pattern[] {
  const taken = slowest(patterns)
  return patterns.filter((_, number) => !((taken[number] ?? Infinity) <= MOST_MS)).slice(0, 3)
}

const found = sources(import.meta.dirname).map((path) => [path, patternsOf(path)] as const)

describe('patterns', () => {
  it('are found wherever they stand', () => {
    const files = found.filter(([, patterns]) => patterns.length).map(([path]) => path)
    expect(files.some((path) => path.endsWith('render/math.ts'))).toBe(true)
    expect(files.some((path) => path.endsWith('.vue'))).toBe(true)
  })

  it.each(found.filter(([, patterns]) => patterns.length))(
    'take hostile text in the time of its length: %s',
    { timeout: 300_000 },
    (_path, patterns) => {
      expect(tooSlow(patterns)).toEqual([])
    },
  )

  it('that can be made slow are told', { timeout: 300_000 }, () => {
    expect(tooSlow([{ place: 'here', source: '\\w+=', flags: 'g' }])).toHaveLength(1)
  })
})
