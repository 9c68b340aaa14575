/** Who made a model, told from its name, with letters on a colour for where no logo is known. Pure. */

export interface Family {
  readonly name: string
  /** One or two letters. */
  readonly letters: string
  /** Of the colour, in degrees; none is grey. */
  readonly hue?: number
}

interface Rule extends Family {
  readonly pattern: RegExp
}

/** The first that fits. A name is looked at without its maker (`org/model`), and then with it. */
const RULES: readonly Rule[] = [
  { pattern: /^(?:gpt|chatgpt|codex|davinci|dall-e|o[1-9](?:$|[-.:]))/, name: 'OpenAI', letters: 'AI', hue: 165 },
  { pattern: /^claude/, name: 'Anthropic', letters: 'A', hue: 35 },
  { pattern: /^(?:gemini|palm|learnlm)/, name: 'Google Gemini', letters: 'G', hue: 265 },
  { pattern: /gemma/, name: 'Google Gemma', letters: 'Ge', hue: 240 },
  { pattern: /deepseek/, name: 'DeepSeek', letters: 'DS', hue: 255 },
  { pattern: /^(?:qwen|qwq|qvq)/, name: 'Qwen', letters: 'Q', hue: 295 },
  {
    pattern: /^(?:mi[sx]tral|ministral|codestral|devstral|magistral|pixtral|voxtral)/,
    name: 'Mistral',
    letters: 'M',
    hue: 50,
  },
  { pattern: /^grok/, name: 'xAI', letters: 'x' },
  { pattern: /^(?:command|c4ai|aya)/, name: 'Cohere', letters: 'Co', hue: 145 },
  { pattern: /nemotron/, name: 'NVIDIA', letters: 'N', hue: 130 },
  { pattern: /^phi/, name: 'Microsoft', letters: 'φ', hue: 230 },
  { pattern: /^granite/, name: 'IBM', letters: 'IB', hue: 250 },
  { pattern: /^(?:kimi|moonshot)/, name: 'Moonshot', letters: 'K', hue: 275 },
  { pattern: /^(?:glm|chatglm|cogvlm)/, name: 'Zhipu', letters: 'Z', hue: 215 },
  { pattern: /^(?:minimax|abab)/, name: 'MiniMax', letters: 'MM', hue: 10 },
  { pattern: /^(?:sonar|pplx)/, name: 'Perplexity', letters: 'P', hue: 195 },
  { pattern: /^(?:smollm|smolvlm|zephyr|starcoder)/, name: 'Hugging Face', letters: 'HF', hue: 90 },
  { pattern: /^(?:nova|titan)/, name: 'Amazon', letters: 'am', hue: 70 },
  { pattern: /^(?:hermes|nous)/, name: 'Nous', letters: 'NH', hue: 320 },
  { pattern: /^yi(?:$|[-.:])/, name: '01.AI', letters: 'Yi', hue: 155 },
  { pattern: /^(?:olmo|tulu|molmo)/, name: 'Ai2', letters: 'O', hue: 350 },
  { pattern: /^llava/, name: 'LLaVA', letters: 'LV', hue: 25 },
  { pattern: /llama/, name: 'Meta Llama', letters: 'L', hue: 225 },
  { pattern: /^echo$/, name: 'Divan', letters: 'D', hue: 245 },
]

/** Of a model that no rule knows: its first letter, in a colour that its name always has. */
export function familyOf(ref: string): Family {
  const path = ref.slice(ref.indexOf('/') + 1).toLowerCase()
  const name = path.slice(path.lastIndexOf('/') + 1)
  const known = RULES.find(({ pattern }) => pattern.test(name)) ?? RULES.find(({ pattern }) => pattern.test(path))
  return (
    known ?? {
      name: '',
      letters: ([...name].find((letter) => /[\p{L}\p{N}]/u.test(letter)) ?? '?').toUpperCase(),
      hue: hueOf(name),
    }
  )
}

function hueOf(name: string): number {
  return [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7) % 360
}
