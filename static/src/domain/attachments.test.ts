import { describe, expect, it } from 'vitest'

import type { ModelInfo } from '@/protocol/types.gen'

import { hasPictures, isBlind, isHash, isWorthSaying, tokensOf, type DraftAttachment, unreadable } from './attachments'

function file(text: Partial<NonNullable<DraftAttachment['text']>> = {}): DraftAttachment {
  return {
    type: 'file',
    sha256: 'a',
    name: 'a.pdf',
    mime: 'application/pdf',
    bytes: 1,
    text: { tokens: 10, pages: 2, textless: '', error: null, ...text },
  }
}

function model(...capabilities: string[]): ModelInfo {
  return { capabilities } as ModelInfo
}

describe('a file that is about to be sent', () => {
  it('is unreadable where the server says why, but for a scan, which can be seen', () => {
    const error = { code: 'no_text', message: 'There is no text in it.' }
    expect(unreadable(file())).toBe('')
    expect(unreadable(file({ error }))).toBe(error.message)
    expect(unreadable(file({ error, textless: '1-2' }))).toBe('')
  })

  it('holds pictures where it is one, or has pages without text', () => {
    expect(hasPictures(file())).toBe(false)
    expect(hasPictures(file({ textless: '2' }))).toBe(true)
    expect(hasPictures({ ...file(), type: 'image', text: null })).toBe(true)
  })

  it('costs what the server read in it', () => {
    expect(tokensOf([file(), file({ tokens: 5 }), { ...file(), text: null }])).toBe(15)
    expect(
      tokensOf(
        [file()],
        [
          { id: 1, name: 'b', tokens: 7 },
          { id: 2, name: 'c' },
        ],
      ),
    ).toBe(17)
  })
})

describe('a model', () => {
  it.each([
    [undefined, false],
    [model(), false],
    [model('chat', 'vision'), false],
    [model('chat', 'tools'), true],
  ])('is blind only where it is known: %o', (info, expected) => {
    expect(isBlind(info)).toBe(expected)
  })
})

describe('what is said of a file below an answer', () => {
  it('is nothing where it was sent whole', () => {
    expect(isWorthSaying({ name: 'a', given: 'whole' })).toBe(false)
    expect(isWorthSaying({ name: 'a', given: 'whole', textless: '3' })).toBe(true)
    expect(isWorthSaying({ name: 'a', given: 'name', error: 'unseen' })).toBe(true)
  })
})

describe('a hash', () => {
  it.each(['../../../logout/', '', 'a'.repeat(63), 'a'.repeat(65), 'A'.repeat(64), `${'a'.repeat(64)}\n`, null, 7])(
    'is not %j',
    (text) => {
      expect(isHash(text)).toBe(false)
    },
  )

  it('is 64 hexadecimal digits', () => expect(isHash('0123456789abcdef'.repeat(4))).toBe(true))
})
