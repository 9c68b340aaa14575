/** Rules of the house that the type checker and the linter cannot hold. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { en } from './i18n/en'

const ROOT = import.meta.dirname

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf-8' })
  .filter((path) => /\.(vue|ts)$/.test(path) && !path.endsWith('.gen.ts') && !path.endsWith('.test.ts'))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf-8') }))
const tests = readdirSync(ROOT, { recursive: true, encoding: 'utf-8' })
  .filter((path) => path.endsWith('.test.ts') && path !== 'sources.test.ts')
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf-8') }))
const components = files.filter(({ path }) => path.endsWith('.vue'))

function template(text: string): string {
  return text.slice(text.search(/<template>/), text.lastIndexOf('</template>'))
}

describe('sources', () => {
  it('put HTML into the page in render/ only', () => {
    const found = files.filter(
      ({ path, text }) => !path.startsWith('render/') && /v-html|innerHTML|insertAdjacentHTML/.test(text),
    )
    expect(found.map(({ path }) => path)).toEqual([])
  })

  it('have no inline styles: the Content-Security-Policy would refuse them', () => {
    const found = components.filter(({ text }) => /[^:]\bstyle="/.test(template(text)))
    expect(found.map(({ path }) => path)).toEqual([])
  })

  it('leave lists of options and tabs to Reka, which knows their keys and their focus', () => {
    const ROLES = /role="(?:listbox|option|tablist|tab)"|'(?:listbox|tablist|tab|option)'/
    const made = components.filter(({ text }) => ROLES.test(template(text)))
    expect(made.map(({ path }) => path)).toEqual([])
  })

  it('ask the server by the operations of its own document, whose types are checked', () => {
    const BESIDE = /\bhttp\??\s*\.(?!call\b|addressOf\b|csrf\b|stream\b)\w+/
    const asking = files.filter(({ path, text }) => !path.startsWith('transport/') && BESIDE.test(text))
    expect(asking.map(({ path }) => path)).toEqual([])
  })

  it('keep components under 300 lines and modules under 400', () => {
    const tooLong = files.filter(({ path, text }) => text.split('\n').length > (path.endsWith('.vue') ? 300 : 400))
    expect(tooLong.map(({ path }) => path)).toEqual([])
  })

  it('are tested by what they take of the processor, not of the clock, which others share', () => {
    const timed = tests.filter(({ text }) => /expect\([^)]*(?:performance|Date)\.now\(/.test(text))
    expect(timed.map(({ path }) => path)).toEqual([])
  })

  it('say nothing to a reader that is not translated', () => {
    const spoken = components.filter(({ text }) =>
      />[^<>{}]*[A-Za-z]{3,}[^<>{}]*</.test(template(text).replaceAll(/<code>.*?<\/code>|=>/g, '')),
    )
    expect(spoken.map(({ path }) => path)).toEqual([])
  })

  it('ask only for texts that exist', () => {
    const keys = new Set(keysOf(en))
    const asked = files.flatMap(({ path, text }) =>
      [...text.matchAll(/\bt\('([\w.]+)'/g)].map((match) => `${path}: ${match[1]}`),
    )
    expect(asked.length).toBeGreaterThan(100)
    expect(asked.filter((use) => !keys.has(use.split(': ')[1] ?? ''))).toEqual([])
  })
})

function keysOf(tree: object, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keysOf(value as object, `${prefix}${key}.`),
  )
}
