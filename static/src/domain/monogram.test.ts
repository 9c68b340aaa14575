import { describe, expect, it } from 'vitest'

import { monogram } from './monogram'

describe('monogram', () => {
  it.each([
    ['Google Gemini', 'GG'],
    ['Hugging Face', 'HF'],
    ['Anthropic', 'An'],
    ['OpenAI', 'OA'],
    ['OpenRouter', 'OR'],
    ['vLLM', 'vL'],
    ['llama.cpp', 'lc'],
    ['LM Studio', 'LS'],
    ['Çağrı Ünal', 'ÇÜ'],
    ['Echo (çevrimdışı)', 'Ec'],
    ['模型', '模型'],
    ['', ''],
  ])('of %s is %s', (name, letters) => expect(monogram(name)).toBe(letters))
})
