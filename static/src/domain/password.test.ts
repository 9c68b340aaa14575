import { describe, expect, it } from 'vitest'

import { strengthOf } from './password'

describe('strengthOf', () => {
  it.each([
    ['', 'short'],
    ['a2C!xyz', 'short'],
    ['🐘🐘🐘🐘', 'short'],
    ['aaaaaaaaaaaaaaaaaaaa', 'weak'],
    ['1234567890', 'weak'],
    ['abababababababab', 'weak'],
    ['abcdefghijklmnop', 'weak'],
    ['ayse.2026', 'fair'],
    ['correct horse battery staple', 'strong'],
    ['Кошка спит на крыше', 'strong'],
    ['密码需要足够长才算安全可靠', 'strong'],
    ['x9$Lm2!qRz', 'fair'],
  ] as const)('%s is %s', (password, strength) => {
    expect(strengthOf(password, '')).toBe(strength)
  })

  it('does not count the name of the person', () => {
    expect(strengthOf('ayşedemir1', 'ayşedemir')).toBe('weak')
    expect(strengthOf('AYŞEDEMIR AYŞEDEMIR', 'ayşedemir')).toBe('weak')
  })
})
