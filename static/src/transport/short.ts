import type { Delta, Event } from '@/protocol/types.gen'

import { decode } from './decode'

/** Its answer's number, `seq`, the words, and which part they belong to where it is not the text. */
type Short = [number: number, seq: number, text: string, part?: Delta['part']]

/** Reads the messages of one socket that was asked for short deltas: several may come in one. */
export class ShortDeltas {
  private readonly answers = new Map<number, Pick<Delta, 'conversation' | 'message'>>()

  read(message: string): Event[] {
    if (message.startsWith('[')) return this.deltas(message)
    const event = decode(message)
    if (!event) return []
    if (event.type === 'delta' && event.number !== undefined) {
      this.answers.set(event.number, { conversation: event.conversation, message: event.message })
    }
    return [event]
  }

  private deltas(message: string): Event[] {
    let told: unknown
    try {
      told = JSON.parse(message)
    } catch {
      return []
    }
    return (told as unknown[]).filter(isShort).flatMap(([number, seq, text, part = 'text']) => {
      const answer = this.answers.get(number)
      return answer ? [{ type: 'delta', ...answer, seq, part, text } satisfies Delta] : []
    })
  }
}

function isShort(value: unknown): value is Short {
  if (!Array.isArray(value)) return false
  const [number, seq, text, part] = value as unknown[]
  const known = part === undefined || part === 'text' || part === 'reasoning'
  return typeof number === 'number' && typeof seq === 'number' && typeof text === 'string' && known
}
