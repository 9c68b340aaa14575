/** What a person asks to be remembered. Pure. */

/** Characters of one line of the memory, and of each of its texts. */
export const MOST_IN_LINE = 300
export const MOST_IN_TEXT = 1_500

const COMMAND = /^\/(?:remember|hat[ıi]rla|запомни)\s+(\S[\s\S]*)$/iu

/** What stands behind the command, in any of the page's languages; null where the text is none. */
export function textToRemember(text: string): string | null {
  return COMMAND.exec(text.trim())?.[1] ?? null
}
