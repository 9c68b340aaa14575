import { describe, expect, it } from 'vitest'

import { familyOf } from './families'

describe("a model's family", () => {
  it.each([
    ['openai/gpt-4.1-mini', 'OpenAI'],
    ['openai/o3', 'OpenAI'],
    ['openai/o4-mini', 'OpenAI'],
    ['openrouter/openai/gpt-oss-120b', 'OpenAI'],
    ['anthropic/claude-sonnet-4-5-20250929', 'Anthropic'],
    ['gemini/gemini-2.5-flash', 'Google Gemini'],
    ['ollama/gemma3:27b-it-qat', 'Google Gemma'],
    ['ollama/codegemma:7b', 'Google Gemma'],
    ['hf/deepseek-ai/DeepSeek-R1-Distill-Llama-70B', 'DeepSeek'],
    ['groq/llama-3.3-70b-versatile', 'Meta Llama'],
    ['together/meta-llama/Llama-4-Scout', 'Meta Llama'],
    ['ollama/codellama:13b', 'Meta Llama'],
    ['ollama/qwen3:32b-q4_K_M', 'Qwen'],
    ['ollama/qwq', 'Qwen'],
    ['mistral/mixtral-8x22b', 'Mistral'],
    ['mistral/codestral-latest', 'Mistral'],
    ['xai/grok-4', 'xAI'],
    ['cohere/command-a-03-2025', 'Cohere'],
    ['nim/nvidia/llama-3.1-nemotron-70b-instruct', 'NVIDIA'],
    ['ollama/phi4', 'Microsoft'],
    ['moonshot/kimi-k2', 'Moonshot'],
    ['echo/echo', 'Divan'],
    ['openai/omni-moderation', ''],
    ['local/yield', ''],
  ])('of %s is %s', (ref, name) => {
    expect(familyOf(ref).name).toBe(name)
  })

  it.each(['x/1ük', 'x/моя-модель', 'x/模型', 'x/---', '', 'plain', 'a/b/c/d', 'x/👩‍👩‍👧'])(
    'of %j has letters and a colour',
    (ref) => {
      const { letters, hue } = familyOf(ref)
      expect([...letters]).toHaveLength(1)
      expect(hue).toBeGreaterThanOrEqual(0)
      expect(familyOf(ref)).toEqual(familyOf(ref))
    },
  )
})
