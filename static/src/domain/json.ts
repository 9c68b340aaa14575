/** JSON as a person reads it. Pure. */

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"?|[{}[\],:]|[^\s{}[\],:"]+/gs
const OPENING = new Set(['{', '['])
const CLOSING = new Set(['}', ']'])
/** A deeper one is shown as it came. */
const DEEPEST = 200
const STEP = '  '

/**
 * With a line for each value, token by token: names that come twice, numbers of any length and the order stay
 * as they were written, which reading it and writing it again would lose. Letters that were written as
 * `\u0061` become letters. What is no JSON comes back as it is.
 */
export function prettyJson(text: string): string {
  if (!isJson(text)) return text
  const tokens = text.match(TOKEN) ?? []
  let depth = 0
  let made = ''
  for (const [place, token] of tokens.entries()) {
    const empty = OPENING.has(tokens[place - 1] ?? '')
    if (CLOSING.has(token)) {
      depth -= 1
      made += empty ? token : `\n${STEP.repeat(depth)}${token}`
      continue
    }
    if (empty) made += `\n${STEP.repeat(depth)}`
    if (OPENING.has(token)) depth += 1
    if (depth > DEEPEST) return text
    made += token === ',' ? `,\n${STEP.repeat(depth)}` : token === ':' ? ': ' : spelled(token)
  }
  return made
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function spelled(token: string): string {
  return token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token
}

/** The object that a call was asked with; empty where it is none. */
export function objectIn(text: string): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as { [key: string]: unknown })
      : {}
  } catch {
    return {}
  }
}
