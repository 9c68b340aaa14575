/**
 * Logos of those who make models and offer services, each in one colour: the address of a file, which is
 * fetched when it is first seen. The marks belong to their owners; the drawings are @lobehub/icons-static-svg's (MIT).
 */
import ai2 from '@lobehub/icons-static-svg/icons/ai2.svg?url&no-inline'
import anthropic from '@lobehub/icons-static-svg/icons/anthropic.svg?url&no-inline'
import aws from '@lobehub/icons-static-svg/icons/aws.svg?url&no-inline'
import cerebras from '@lobehub/icons-static-svg/icons/cerebras.svg?url&no-inline'
import claude from '@lobehub/icons-static-svg/icons/claude.svg?url&no-inline'
import cohere from '@lobehub/icons-static-svg/icons/cohere.svg?url&no-inline'
import deepseek from '@lobehub/icons-static-svg/icons/deepseek.svg?url&no-inline'
import fireworks from '@lobehub/icons-static-svg/icons/fireworks.svg?url&no-inline'
import gemini from '@lobehub/icons-static-svg/icons/gemini.svg?url&no-inline'
import gemma from '@lobehub/icons-static-svg/icons/gemma.svg?url&no-inline'
import grok from '@lobehub/icons-static-svg/icons/grok.svg?url&no-inline'
import groq from '@lobehub/icons-static-svg/icons/groq.svg?url&no-inline'
import huggingface from '@lobehub/icons-static-svg/icons/huggingface.svg?url&no-inline'
import ibm from '@lobehub/icons-static-svg/icons/ibm.svg?url&no-inline'
import lmstudio from '@lobehub/icons-static-svg/icons/lmstudio.svg?url&no-inline'
import meta from '@lobehub/icons-static-svg/icons/meta.svg?url&no-inline'
import microsoft from '@lobehub/icons-static-svg/icons/microsoft.svg?url&no-inline'
import minimax from '@lobehub/icons-static-svg/icons/minimax.svg?url&no-inline'
import mistral from '@lobehub/icons-static-svg/icons/mistral.svg?url&no-inline'
import moonshot from '@lobehub/icons-static-svg/icons/moonshot.svg?url&no-inline'
import nvidia from '@lobehub/icons-static-svg/icons/nvidia.svg?url&no-inline'
import ollama from '@lobehub/icons-static-svg/icons/ollama.svg?url&no-inline'
import openai from '@lobehub/icons-static-svg/icons/openai.svg?url&no-inline'
import openrouter from '@lobehub/icons-static-svg/icons/openrouter.svg?url&no-inline'
import perplexity from '@lobehub/icons-static-svg/icons/perplexity.svg?url&no-inline'
import qwen from '@lobehub/icons-static-svg/icons/qwen.svg?url&no-inline'
import together from '@lobehub/icons-static-svg/icons/together.svg?url&no-inline'
import vllm from '@lobehub/icons-static-svg/icons/vllm.svg?url&no-inline'
import yi from '@lobehub/icons-static-svg/icons/yi.svg?url&no-inline'
import zhipu from '@lobehub/icons-static-svg/icons/zhipu.svg?url&no-inline'

/** By the names of families (domain/families.ts). */
const OF_FAMILIES: { readonly [family: string]: string } = {
  OpenAI: openai,
  Anthropic: claude,
  'Google Gemini': gemini,
  'Google Gemma': gemma,
  DeepSeek: deepseek,
  Qwen: qwen,
  Mistral: mistral,
  xAI: grok,
  Cohere: cohere,
  NVIDIA: nvidia,
  Microsoft: microsoft,
  IBM: ibm,
  Moonshot: moonshot,
  Zhipu: zhipu,
  MiniMax: minimax,
  Perplexity: perplexity,
  'Hugging Face': huggingface,
  Amazon: aws,
  '01.AI': yi,
  Ai2: ai2,
  'Meta Llama': meta,
}

/** By the words that the label of a service begins with, in small letters. */
const OF_SERVICES: readonly (readonly [begin: string, logo: string])[] = [
  ['anthropic', anthropic],
  ['cerebras', cerebras],
  ['cohere', cohere],
  ['deepseek', deepseek],
  ['fireworks', fireworks],
  ['gemini', gemini],
  ['google', gemini],
  ['grok', grok],
  ['groq', groq],
  ['hugging face', huggingface],
  ['huggingface', huggingface],
  ['lm studio', lmstudio],
  ['lmstudio', lmstudio],
  ['mistral', mistral],
  ['nvidia', nvidia],
  ['ollama', ollama],
  ['openai-compatible', ''],
  ['openai', openai],
  ['openrouter', openrouter],
  ['perplexity', perplexity],
  ['together', together],
  ['vllm', vllm],
  ['xai', grok],
]

/** Empty where there is none. */
export function logoOfFamily(family: string): string {
  return OF_FAMILIES[family] ?? ''
}

/** Empty where there is none. */
export function logoOfService(label: string): string {
  const name = label.toLowerCase()
  return OF_SERVICES.find(([begin]) => name.startsWith(begin))?.[1] ?? ''
}
