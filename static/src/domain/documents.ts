/** A person's documents, as `/api/documents` tells of them. Pure. */

export type DocumentStatus = 'waiting' | 'fetching' | 'reading' | 'embedding' | 'ready' | 'failed' | 'cancelled'

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

export interface Typed {
  /** What stands behind the mark, as far as the caret. */
  query: string
  /** Offset of the mark. */
  at: number
}

/** The `#word` that the caret stands behind; null where there is none. */
export function typedMark(text: string, caret: number): Typed | null {
  const found = /(?:^|\s)#([^\s#]*)$/u.exec(text.slice(0, caret))
  if (!found) return null
  const query = found[1] ?? ''
  return { query, at: caret - query.length - 1 }
}

export function matching(documents: readonly DocumentRow[], query: string): DocumentRow[] {
  const wanted = query.toLocaleLowerCase()
  return documents.filter((document) => document.status !== 'failed' && document.name.toLocaleLowerCase().includes(wanted))
}
