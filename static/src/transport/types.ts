import type { AnyCommand, Event } from '@/protocol/types.gen'

/**
 * `connecting`: a first or new attempt is under way. `open`: events flow. `waiting`: the next attempt
 * comes later. `refused`: the server will not have this page (wrong origin or host); no more attempts.
 */
export type LinkState = 'connecting' | 'open' | 'waiting' | 'refused'

export interface TransportHandlers {
  event(event: Event): void
  state(state: LinkState, details?: { fallback?: boolean }): void
  /** The session is over: the page has to log in again. */
  unauthenticated(): void
}

/** A way to the server. Nothing connects before `start`; after `stop` nothing calls back. */
export interface Transport {
  start(handlers: TransportHandlers): void
  /** False where there is no connection: the command was not sent and never will be. */
  send(command: AnyCommand): boolean
  /** Try at once instead of waiting for the next attempt's time. */
  retryNow(): void
  stop(): void
}
