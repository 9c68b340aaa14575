import { defineStore } from 'pinia'
import { ref } from 'vue'

import type { AskedDocument, AttachmentPart } from '@/protocol/types.gen'

import { readKept, writeKept } from './kept'

export interface DraftMessage {
  text: string
  attachments: AttachmentPart[]
  /** Those that the message asks, chosen with `#`. */
  documents: AskedDocument[]
}

const EMPTY: DraftMessage = { text: '', attachments: [], documents: [] }

function nameOf(conversation: string | null): string {
  return `draft.${conversation ?? 'new'}`
}

/** What is written and not yet sent, for each conversation, across reloads. */
export const useDrafts = defineStore('drafts', () => {
  const revision = ref(0)

  function read(conversation: string | null): DraftMessage {
    return { ...EMPTY, ...readKept<Partial<DraftMessage>>(nameOf(conversation), {}) }
  }

  /** What `draft` does not name is empty. */
  function write(conversation: string | null, given: Partial<DraftMessage>): void {
    const draft = { ...EMPTY, ...given }
    const empty = draft.text === '' && draft.attachments.length + draft.documents.length === 0
    writeKept(nameOf(conversation), empty ? null : draft)
  }

  /** Puts words into the composer from outside of it (an example prompt, a failed send). */
  function put(conversation: string | null, draft: Partial<DraftMessage>): void {
    write(conversation, { ...read(conversation), ...draft })
    revision.value += 1
  }

  return { revision, read, write, put }
})
