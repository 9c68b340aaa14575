import { defineStore } from 'pinia'
import { ref } from 'vue'

import type { DraftAttachment } from '@/domain/attachments'
import type { DraftDocument } from '@/domain/documents'

import { useChat } from './chat'
import { readStored, writeStored } from './browserStorage'

export interface DraftMessage {
  text: string
  attachments: DraftAttachment[]
  /** Those that the message asks, chosen with `#`. */
  documents: DraftDocument[]
}

type Given = { readonly [Field in keyof DraftMessage]?: Readonly<DraftMessage[Field]> }

const EMPTY: DraftMessage = { text: '', attachments: [], documents: [] }

/** One draft after the other, as a message that comes back before what was written since. */
export function joinDrafts(first: Given, second: Given): DraftMessage {
  const [before, after] = [
    { ...EMPTY, ...first },
    { ...EMPTY, ...second },
  ]
  return {
    text: [before.text, after.text].filter(Boolean).join('\n\n'),
    attachments: [
      ...new Map([...before.attachments, ...after.attachments].map((part) => [part.sha256, part])).values(),
    ],
    documents: [
      ...new Map([...before.documents, ...after.documents].map((document) => [document.id, document])).values(),
    ],
  }
}

function nameOf(conversation: string | null): string {
  return `draft.${conversation ?? 'new'}`
}

/** What is written and not yet sent, for each conversation, across reloads. */
export const useDrafts = defineStore('drafts', () => {
  const chat = useChat()
  const revision = ref(0)
  const unkept = new Map<string, DraftMessage>()

  /** Of a temporary chat nothing is left in the browser's storage either. */
  function isTemporary(conversation: string | null): boolean {
    return conversation === null ? chat.wantsTemporary : chat.isTemporary(conversation)
  }

  function read(conversation: string | null): DraftMessage {
    const kept = unkept.get(nameOf(conversation))
    return { ...EMPTY, ...(kept ?? readStored<Partial<DraftMessage>>(nameOf(conversation), {})) }
  }

  /** What `draft` does not name is empty. */
  function write(conversation: string | null, given: Partial<DraftMessage>): void {
    const draft = { ...EMPTY, ...given }
    const empty = draft.text === '' && draft.attachments.length + draft.documents.length === 0
    const name = nameOf(conversation)
    unkept.delete(name)
    if (isTemporary(conversation) && !empty) unkept.set(name, draft)
    writeStored(name, empty || unkept.has(name) ? null : draft)
  }

  /** Puts words into the composer from outside of it (an example prompt, a failed send). */
  function fillComposer(conversation: string | null, draft: Partial<DraftMessage>): void {
    write(conversation, { ...read(conversation), ...draft })
    revision.value += 1
  }

  return { revision, read, write, fillComposer }
})
