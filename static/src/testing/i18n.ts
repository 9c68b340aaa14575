import { makeI18n } from '@/i18n'
import { en } from '@/i18n/en'

/** The page's texts in English, without a wait for them. */
export function englishI18n() {
  return makeI18n('en', en)
}
