/** What an answer stands on: passages of documents, or the answers that it was made of. Pure. */

export interface Source {
  readonly n: number
  /** A document's name; empty where the source is an answer. */
  readonly name: string
  readonly page: number | null
  readonly heading: string
  readonly passage: string
  /** An answer of this conversation and its model. */
  readonly message: string | null
  readonly model: string | null
}

/** Takes what it knows of records that a later version may have written. */
export function sourcesOf(raw: readonly { [key: string]: unknown }[] | undefined): Source[] {
  return (raw ?? []).map((source, index) => ({
    n: typeof source.n === 'number' ? source.n : index + 1,
    name: textOf(source.name),
    page: typeof source.page === 'number' ? source.page : null,
    heading: textOf(source.heading),
    passage: textOf(source.passage),
    message: textOf(source.message) || null,
    model: textOf(source.model) || null,
  }))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
