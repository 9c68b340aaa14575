import { describe, expect, it } from 'vitest'

import { toRemember } from './remembering'

describe('what is to be remembered', () => {
  it('stands behind the command in each language', () => {
    expect(toRemember('/remember I like tea')).toBe('I like tea')
    expect(toRemember(' /hatırla  Çayı severim. ')).toBe('Çayı severim.')
    expect(toRemember('/hatirla a\nb')).toBe('a\nb')
    expect(toRemember('/Запомни чай')).toBe('чай')
  })

  it('is nothing in any other text', () => {
    for (const text of ['/remember', '/remembered tea', 'please /remember tea', '/echo x', ''])
      expect(toRemember(text)).toBeNull()
  })
})
