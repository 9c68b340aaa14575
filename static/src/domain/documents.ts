/** A person's documents, as `/api/documents` tells of them. Pure. */
import type { AskedDocument } from '@/protocol/types.gen'

import { foldText } from './searching'

type DocumentStatus = 'waiting' | 'fetching' | 'reading' | 'embedding' | 'ready' | 'failed' | 'cancelled'

export interface DocumentRow {
  readonly id: number
  readonly name: string
  readonly kind: string
  readonly size: number
  readonly pages: number | null
  readonly passages: number
  readonly status: DocumentStatus
  /** Percent. */
  readonly progress: number
  readonly error: { readonly code: string; readonly message: string } | null
  /** Empty: the person's own, in every conversation. */
  readonly conversation: string
  readonly url: string
  readonly made: string
}

const UNFINISHED: ReadonlySet<DocumentStatus> = new Set(['waiting', 'fetching', 'reading', 'embedding'])

export function isUnfinished(document: DocumentRow): boolean {
  return UNFINISHED.has(document.status)
}

export function matching(documents: readonly DocumentRow[], query: string): DocumentRow[] {
  const wanted = foldText(query)
  return documents.filter((document) => document.status !== 'failed' && foldText(document.name).includes(wanted))
}

const TOKENS_OF_PASSAGE = 300
const BYTES_OF_TOKEN = 3

/** One that was picked for a message. `tokens`: what it takes whole, as far as the page can tell. */
export interface DraftDocument extends AskedDocument {
  tokens?: number
}

export function tokensIn({ passages, size }: Pick<DocumentRow, 'passages' | 'size'>): number {
  return Math.min(passages * TOKENS_OF_PASSAGE, Math.ceil(size / BYTES_OF_TOKEN))
}
