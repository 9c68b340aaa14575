/** What is pushed to the two ends of a row does not touch where the row is full. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

const ROOT = import.meta.dirname
const RULE = /([^{};]+)\{([^{}]*)\}/g

function* rules(): Generator<readonly [name: string, body: string]> {
  for (const path of readdirSync(ROOT, { recursive: true, encoding: 'utf-8' })) {
    if (!/\.(?:vue|css)$/.test(path)) continue
    for (const [, selector = '', body = ''] of readFileSync(join(ROOT, path), 'utf-8').matchAll(RULE))
      yield [`${path} ${selector.trim()}`, body]
  }
}

it('keeps a gap', () => {
  const apart = [...rules()].filter(([, body]) => body.includes('justify-content: space-between'))
  expect(apart.length).toBeGreaterThan(10)
  expect(apart.filter(([, body]) => !/(?:^|\s|-)gap:/.test(body)).map(([name]) => name)).toEqual([])
})
