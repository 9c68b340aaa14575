import { describe, expect, it } from 'vitest'

import { textToRemember } from './remembering'

describe('what is to be remembered', () => {
  it('stands behind the command in each language', () => {
    expect(textToRemember('/remember I like tea')).toBe('I like tea')
    expect(textToRemember(' /hatırla  Çayı severim. ')).toBe('Çayı severim.')
    expect(textToRemember('/hatirla a\nb')).toBe('a\nb')
    expect(textToRemember('/Запомни чай')).toBe('чай')
  })

  it('is nothing in any other text', () => {
    for (const text of ['/remember', '/remembered tea', 'please /remember tea', '/echo x', ''])
      expect(textToRemember(text)).toBeNull()
  })
})
