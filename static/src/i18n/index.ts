import { createI18n } from 'vue-i18n'

import { boot } from '@/boot'

import type { Messages } from './en'

export const LANGUAGES = ['en', 'tr', 'ru'] as const
export type Language = (typeof LANGUAGES)[number]

export const LANGUAGE_NAMES: { [Code in Language]: string } = { en: 'English', tr: 'Türkçe', ru: 'Русский' }

function isLanguage(code: string | null | undefined): code is Language {
  return LANGUAGES.includes(code as Language)
}

export function chooseLanguage(preferred: string | null): Language {
  if (isLanguage(preferred)) return preferred
  if (isLanguage(boot.language)) return boot.language
  return 'en'
}

/** The browser's own form of a language, such as `en-GB`: its dates and clocks are those that a person reads. */
export function regionOf(language: string): string {
  return navigator.languages.find((one) => one.split('-')[0] === language) ?? language
}

/** A language's texts. None is part of the first script: a page loads the one that it speaks. */
export async function loadMessages(language: Language): Promise<Messages> {
  if (language === 'tr') return (await import('./tr')).tr
  if (language === 'ru') return (await import('./ru')).ru
  return (await import('./en')).en
}

/** One (1, 21), few (2 to 4, 22), many (5 to 20, 25); of four forms the first is that of none at all. */
function pluralOfRussian(count: number, forms: number): number {
  const ofNone = forms > 3 ? 1 : 0
  if (ofNone && count === 0) return 0
  const form = new Intl.PluralRules('ru').select(count)
  return Math.min(ofNone + (form === 'one' ? 0 : form === 'few' ? 1 : 2), forms - 1)
}

/** Each language has every text (i18n.test.ts), so that none stands in for another. */
export function makeI18n(language: Language, messages: Messages) {
  return createI18n<[Messages], Language, false>({
    legacy: false,
    locale: language,
    fallbackLocale: language,
    pluralRules: { ru: pluralOfRussian },
    messages: { [language]: messages } as { [Code in Language]: Messages },
  })
}

/** In the language that was chosen here or on the login page; where its texts do not come, in the first that does. */
export async function loadI18n(preferred: string | null) {
  const chosen = chooseLanguage(preferred)
  const loadOne = async (language: Language) => makeI18n(language, await loadMessages(language))
  let loading = loadOne(chosen)
  for (const other of LANGUAGES) if (other !== chosen) loading = loading.catch(() => loadOne(other))
  return loading
}
