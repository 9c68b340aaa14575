/** A word that is being typed and that begins with a mark, as `@ada` or `#report`. Pure. */
export interface Marked {
  mark: string
  query: string
  /** Offset of the mark. */
  at: number
}

/** The marked word that the caret stands behind; null where there is none. */
export function markedWord(text: string, caret: number, marks: string): Marked | null {
  const found = /(?:^|\s)(\S)(\S*)$/u.exec(text.slice(0, caret))
  const [, mark = '', query = ''] = found ?? []
  if (!mark || !marks.includes(mark) || query.includes(mark)) return null
  return { mark, query, at: caret - query.length - 1 }
}

/** Whether the text says nothing yet: it is blank, or the mark alone with which a list was opened. */
export function isBlankDraft(text: string): boolean {
  return /^[/@#]?$/u.test(text.trim())
}
