/** Text in which nothing hides: what a person allows is what they see. Pure. */

export interface Piece {
  readonly text: string
  /** Stands for characters that show nothing, or change how others show. */
  readonly hidden: boolean
}

/**
 * Characters without a look of their own: directions, joiners and blanks of no width, tags, controls, blanks
 * that are no plain space, and what no font has. A new line and a tab are told apart by who calls.
 */
const HIDDEN = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\u2800]|(?! )\p{Zs}/u
/** Beyond these, marks stand in the text itself: a page of a hundred thousand of them would hang. */
const MOST_PIECES = 2_000

/** The text in turns of what shows and of marks for what does not; equal ones in a row have one mark. */
export function visiblePieces(text: string): Piece[] {
  const pieces: Piece[] = []
  let plain = ''
  let run = { char: '', count: 0 }
  const endRun = (): void => {
    if (run.count > 0) pieces.push({ text: markOf(run.char, run.count), hidden: true })
    run = { char: '', count: 0 }
  }
  const endPlain = (): void => {
    if (plain) pieces.push({ text: plain, hidden: false })
    plain = ''
  }
  for (const char of text) {
    if (char !== '\n' && char !== '\t' && HIDDEN.test(char)) {
      endPlain()
      if (char !== run.char) endRun()
      run = { char, count: run.count + 1 }
    } else {
      endRun()
      plain += char
    }
  }
  endRun()
  endPlain()
  return pieces.length > MOST_PIECES ? [{ text: pieces.map((piece) => piece.text).join(''), hidden: false }] : pieces
}

function markOf(char: string, count: number): string {
  const code = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
  return count > 1 ? `⟨${code} ×${count}⟩` : `⟨${code}⟩`
}

/** For a line that is only to be recognised: what does not show is left out. */
export function withoutHidden(text: string): string {
  return Array.from(text)
    .filter((char) => !HIDDEN.test(char))
    .join('')
}
