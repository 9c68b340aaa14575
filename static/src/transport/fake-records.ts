/** What the server in the browser's memory writes for a command: the records of docs/file-format.md. */
import { randomId } from '@/domain/ids'
import type { AnyCommand, FileRecord, Lane, LaneInput } from '@/protocol/types.gen'

export function recordOf(command: AnyCommand): FileRecord | null {
  const at = now()
  switch (command.type) {
    case 'branch':
      return { type: 'branch', at, name: command.name, head: command.message }
    case 'head':
      return { type: 'head', at, message: command.message }
    case 'vote':
      return { type: 'vote', at, message: command.message, value: command.value ?? 0 }
    case 'delete':
      return { type: 'delete', at, message: command.message }
    case 'settings': {
      const { ref: _ref, conversation: _id, lanes, ...rest } = command
      return { at, ...rest, ...(lanes ? { lanes: lanes.map(asLane) } : {}) } as FileRecord
    }
    default:
      return null
  }
}

export function asLane({ id, model, role, system, params }: LaneInput): Lane {
  return {
    id: id ?? randomId(8),
    model,
    ...(role ? { role } : {}),
    ...(system ? { system } : {}),
    ...(params ? { params: { ...params } } : {}),
  }
}

export function now(): string {
  return new Date().toISOString()
}
