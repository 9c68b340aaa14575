import type { Event } from '@/protocol/types.gen'

const REQUIRED: { [Type in Event['type']]: readonly string[] } = {
  ready: ['protocol'],
  ack: [],
  snapshot: ['conversation', 'records', 'live'],
  record: ['conversation', 'record'],
  start: ['conversation', 'message'],
  delta: ['conversation', 'message', 'seq', 'part', 'text'],
  part: ['conversation', 'message', 'seq', 'part'],
  note: ['conversation', 'code'],
  error: ['code', 'message'],
  activity: ['conversation'],
}

/** Null for what is no event of this protocol: a later server may say more than this page understands. */
export function decode(frame: string): Event | null {
  let value: unknown
  try {
    value = JSON.parse(frame)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return null
  const required = REQUIRED[value.type as Event['type']] as readonly string[] | undefined
  return required?.every((name) => name in value) ? (value as Event) : null
}
