// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'

import ModelMark from '@/components/models/ModelMark.vue'
import ServiceMark from '@/components/services/ServiceMark.vue'
import { familyOf } from '@/domain/families'

import { logoOfFamily, logoOfService } from './logos'

describe('a logo', () => {
  it.each([
    ['Google Gemini', 'gemini'],
    ['Hugging Face', 'huggingface'],
    ['Ollama', 'ollama'],
    ['Ollama in the cellar', 'ollama'],
    ['OpenAI', 'openai'],
    ['Anthropic', 'anthropic'],
    ['OpenRouter', 'openrouter'],
    ['Together', 'together'],
    ['Cohere', 'cohere'],
    ['Groq', 'groq'],
    ['Mistral', 'mistral'],
    ['vLLM', 'vllm'],
    ['LM Studio', 'lmstudio'],
  ])('of the service %s is that of %s', (label, file) => {
    expect(logoOfService(label)).toMatch(new RegExp(`/${file}\\b[^/]*\\.svg`))
  })

  it.each(['OpenAI-compatible', 'llama.cpp', 'Echo (offline)', 'Our own', ''])(
    'is that of nobody else where the service is %j',
    (label) => {
      expect(logoOfService(label)).toBe('')
    },
  )

  it.each([
    ['openai/gpt-5', 'openai'],
    ['anthropic/claude-opus', 'claude'],
    ['gemini/gemini-flash', 'gemini'],
    ['ollama/qwen3:8b', 'qwen'],
    ['together/mistralai/Mistral-7B-Instruct-v0.3', 'mistral'],
    ['ollama/llama3.2', 'meta'],
  ])('of the model %s is that of %s, wherever it runs', (model, file) => {
    expect(logoOfFamily(familyOf(model).name)).toMatch(new RegExp(`/${file}\\b[^/]*\\.svg`))
  })
})

describe('a mark', () => {
  it('is the logo of whoever made the model', () => {
    const mark = mount(ModelMark, { props: { model: 'ollama/qwen3:8b' } }).get('.model-mark')
    expect(mark.classes()).toContain('logo')
    expect(mark.attributes('style')).toContain('qwen')
    expect(mark.attributes('data-letters')).toBe('Q')
  })

  it('is letters where nobody knows a logo', () => {
    const mark = mount(ModelMark, { props: { model: 'ours/zebra' } }).get('.model-mark')
    expect(mark.classes()).not.toContain('logo')
    expect(mark.attributes('data-letters')).toBe('Z')
    const service = mount(ServiceMark, { props: { name: 'Our own' } }).get('.mark')
    expect(service.classes()).not.toContain('logo')
    expect(service.attributes('data-letters')).toBe('Oo')
  })

  it.each([ModelMark, ServiceMark])('says nothing aloud: its name stands beside it', (component) => {
    const mark = mount(component as typeof ModelMark, { props: { model: 'openai/gpt-5', name: 'OpenAI' } as never })
    expect(mark.attributes('aria-hidden')).toBe('true')
    expect(mark.text()).toBe('')
  })
})
