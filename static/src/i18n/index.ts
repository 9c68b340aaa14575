import { createI18n } from 'vue-i18n'

import { boot } from '@/boot'
import * as render from '@/render/messages'

import { en, type Messages } from './en'
import { ru } from './ru'
import { tr } from './tr'

export const LANGUAGES = ['en', 'tr', 'ru'] as const
export type Language = (typeof LANGUAGES)[number]

export const LANGUAGE_NAMES: { [Code in Language]: string } = { en: 'English', tr: 'Türkçe', ru: 'Русский' }

export function isLanguage(code: string | null | undefined): code is Language {
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

export function makeI18n(language: Language) {
  return createI18n<[Messages & typeof render.en], Language, false>({
    legacy: false,
    locale: language,
    fallbackLocale: 'en',
    messages: { en: { ...en, ...render.en }, tr: { ...tr, ...render.tr }, ru: { ...ru, ...render.ru } },
  })
}
