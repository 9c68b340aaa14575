import type { InjectionKey } from 'vue'

/** Where attachments are fetched, the hash put behind it: a shared page has no right to the API's. */
export const ATTACHMENTS_AT: InjectionKey<string> = Symbol('attachments')
