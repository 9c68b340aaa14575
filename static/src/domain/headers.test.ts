import { describe, expect, it } from 'vitest'

import { headersIn } from './headers'

describe('headers', () => {
  it.each([
    ['', {}],
    ['X-Team: blue', { 'X-Team': 'blue' }],
    [' X-Team :  a:b \n\nOther:', { 'X-Team': 'a:b', Other: '' }],
    ['no colon', null],
    [': value', null],
  ])('of %j are %j', (text, headers) => expect(headersIn(text)).toEqual(headers))
})
