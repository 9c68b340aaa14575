import type { InjectionKey } from 'vue'

import type { AttachmentPart, FileRead, ModelInfo } from '@/protocol/types.gen'

import type { DraftDocument } from './documents'

/** Where attachments are fetched, the hash put behind it: a shared page has no right to the API's. */
export const ATTACHMENTS_AT: InjectionKey<string> = Symbol('attachments')

/** Files come from strangers too: what is no hash becomes no address. */
export function isHash(text: unknown): boolean {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text)
}

/** What the server read in a file. `error`: why models get its name alone. `textless`: pages without text. */
export interface AttachedText {
  tokens: number
  pages: number | null
  textless: string
  error: { code: string; message: string } | null
}

/** One that is about to be sent. `text`: null for a picture, and while a long file is being read. */
export interface DraftAttachment extends AttachmentPart {
  text?: AttachedText | null
}

/** A scan can still be seen. */
function isScan({ text }: DraftAttachment): boolean {
  return text?.error?.code === 'no_text' && text.textless !== ''
}

/** Of which a model that sees is shown pictures: itself, or pages of it that hold no text. */
export function hasPictures(part: DraftAttachment): boolean {
  return part.type === 'image' || (part.text?.textless ?? '') !== ''
}

/** Why models get nothing of it but its name; empty where they get more. */
export function unreadable(part: DraftAttachment): string {
  return isScan(part) ? '' : (part.text?.error?.message ?? '')
}

/** Known to see no pictures. Of a model of which nothing is known it is tried. */
export function isBlind(model: ModelInfo | undefined): boolean {
  return model !== undefined && model.capabilities.length > 0 && !model.capabilities.includes('vision')
}

export function tokensOf(attachments: readonly DraftAttachment[], documents: readonly DraftDocument[] = []): number {
  const attached = attachments.reduce((sum, part) => sum + (part.text?.tokens ?? 0), 0)
  return documents.reduce((sum, { tokens }) => sum + (tokens ?? 0), attached)
}

/** What is to be said of a file below an answer; nothing of one that was sent whole. */
export function isWorthSaying(file: FileRead): boolean {
  return file.given !== 'whole' || Boolean(file.textless) || file.cut === true
}
