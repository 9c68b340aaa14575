import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { makeI18n, loadMessages, type Language } from '.'
import { en } from './en'
import { ru } from './ru'
import { tr } from './tr'

/** One word for one thing: what the page and the server may not say, and what they say instead. */
const INSTEAD: { [language: string]: readonly (readonly [RegExp, string])[] } = {
  en: [
    [/\bgo(?:es)? on\b/i, 'continue, selected'],
    [/\brelay\b/i, 'sequential, sharing answers'],
    [/\banswer again\b/i, 'regenerate'],
    [/\bfor ever\b|\bforever\b/i, 'permanently'],
    [/\bonce more\b(?!$)/i, 'duplicate'],
    [/\blongest answer\b/i, 'max tokens'],
    [/\bnarrow by\b/i, 'filters'],
    [/\blinks that work\b/i, 'active links'],
    [/\bask again of\b/i, 're-run with'],
    [/\bleft out\b(?!;)/i, 'not sent, not used'],
    [/\bbegins? anew\b/i, 'reset'],
    [/\bwants? a (?:key|sign-in)\b/i, 'needs'],
    [/\b(?:see|as|without the) pictures?\b/i, 'image'],
    [/\bcalls? of tools?\b/i, 'tool call'],
    [/\bkeep as\b/i, 'save as'],
    [/\bfor good\b/i, 'permanently'],
    [/\bdearer\b/i, 'more expensive'],
    [/\blikeness\b/i, 'similarity'],
    [/\basked again\)|\bask again\b/i, 're-run'],
    [/\bin this time\b|\bagainst before\b/i, 'period'],
    [/\bnobody knows\b|\bis no JSON\b|\bused up its (?:money|tokens|time)\b/i, 'a plain sentence'],
  ],
  tr: [
    [/(?<!\p{L})söyleşi/iu, 'diyalog'],
    [/(?<!\p{L})ileti(?:ler|y|n|m|de|ye|si)?(?!\p{L})/iu, 'mesaj'],
    [/(?<!\p{L})yönetici paneli/iu, 'Yönetim'],
    [/(?<!\p{L})kişili[kğ]/iu, 'karakter'],
    [/(?<!\p{L})tohum değeri/iu, 'seed'],
    [/(?<!\p{L})nicemle/iu, 'kuantizasyon'],
    [/(?<!\p{L})yeniden tara/iu, 'yenile'],
    [/(?<!\p{L})(?:öne|sona) al(?!\p{L})/iu, 'sola, sağa taşı'],
    [/(?<!\p{L})canlandırma/iu, 'rol yapma'],
    [/(?<!\p{L})söz sayısı/iu, 'tur sayısı'],
    [/(?<!\p{L})bir kez daha ekle/iu, 'çoğalt'],
    [/dışarıda bırak/iu, 'gönderilmedi'],
    [/süzge[cç]|(?<!\p{L})süz(?:ün)?(?!\p{L})/iu, 'filtre'],
    [/(?<!\p{L})kelime/iu, 'sözcük'],
    [/(?<!\p{L})ücret(?!siz)/iu, 'maliyet'],
    [/(?<!\p{L})öteki/iu, 'diğer'],
    [/(?<!\p{L})dek(?!\p{L})/iu, 'kadar'],
    [/(?<!\p{L})sürdür(?!\p{L})/iu, 'devam et'],
    [/(?<!\p{L})sakla(?!\p{L})/iu, 'kaydet'],
    [/(?<!\p{L})hizmet/iu, 'servis'],
    [/(?<!\p{L})sına(?!\p{L})/iu, 'dene'],
    [/(?<!\p{L})çıkış yap/iu, 'oturumu kapat'],
    [/(?<!\p{L})sütun(?!lar$)(?!.*(?:sırala|JSON))/iu, 'şerit'],
    [/yeniden sor(?!u)/iu, 'yeniden çalıştır'],
    [
      /(?<!\p{L})(?:jeton|üstbilgi|bağımsız değişken|yeğle|öntanımlı)/iu,
      'belirteç, başlık, argüman, tercih, varsayılan',
    ],
  ],
  ru: [
    [/(?<!\p{L})чат(?:а|у|ом|е|ы|ов|ам|ами|ах)?(?!\p{L})/iu, 'беседа'],
    [/(?<!\p{L})разговор/iu, 'беседа'],
    [/(?<!\p{L})ветк/iu, 'ветвь'],
    [/системн\p{L}+ подсказк|(?<!\p{L})затравк/iu, 'промпт'],
    [/(?<!\p{L})эстафет/iu, 'по очереди, с передачей ответов'],
    [/(?<!\p{L})зерно(?!\p{L})/iu, 'seed'],
    [/(?<!\p{L})служб/iu, 'сервис'],
    [/(?<!\p{L})в вебе(?!\p{L})/iu, 'в интернете'],
    [/(?<!\p{L})тег(?:а|и|у|ом|ов|ами|ах)?(?!\p{L})/iu, 'метка'],
    [/(?<!\p{L})поставщик/iu, 'провайдер'],
    [/задат[ьй] заново|задано заново/iu, 'повторить, повтор'],
    [/(?<!\p{L})узел(?!\p{L})/iu, 'хост'],
    [/(?<!\p{L})спросить (?:все )?документ/iu, 'вопрос по документу'],
    [
      /(?:токенов|сообщений|ответов|запросов|бесед|моделей|файлов|документов|страниц|фрагментов|вложений|ходов): (?:\{|%)/iu,
      'a plural by rule',
    ],
  ],
}

/** What has to be somewhere, since it is the word that people look for. */
const SAID: { [language: string]: readonly string[] } = {
  en: [
    'Regenerate',
    'Selected',
    'Context',
    'Max tokens',
    'Filters',
    'Active links',
    'Delete permanently',
    'Usage & cost',
    'Theme',
    'Layout',
    'Move left',
    'Duplicate',
    'Personas',
    'Seed',
    'Score',
    'Quantization',
    'Role play',
    'Invalid request',
  ],
  tr: [
    'Yeniden oluştur',
    'Seçilen yanıt',
    'En fazla token',
    'Filtreler',
    'Etkin bağlantılar',
    'Kalıcı olarak sil',
    'Kullanım ve harcama',
    'Tema',
    'Yerleşim',
    'Sola taşı',
    'Çoğalt',
    'Karakterler',
    'Seed (tohum)',
    'Puan',
    'Kuantizasyon',
    'Rol yapma',
    'Geçersiz istek',
  ],
  ru: [
    'Создать заново',
    'Выбран',
    'Контекст',
    'Макс. токенов',
    'Фильтры',
    'Активные ссылки',
    'Удалить навсегда',
    'Расходы',
    'Тема',
    'Расположение',
    'Влево',
    'Дублировать',
    'Персонажи',
    'Seed',
    'Оценка',
    'Квантование',
    'Ролевая игра',
    'Неверный запрос',
  ],
}

type Tree = { [key: string]: string | Tree }

function texts(tree: Tree): string[] {
  return Object.values(tree).flatMap((value) => (typeof value === 'string' ? [value] : texts(value)))
}

/** Of the server's catalogue, each joined to one line: what it says in that language, or in English. */
function translations(language: string, of: 'msgid' | 'msgstr' = 'msgstr'): string[] {
  const catalogue = readFileSync(`../chatbot_project/locale/${language}/LC_MESSAGES/django.po`, 'utf8')
  return [...catalogue.matchAll(new RegExp(String.raw`^${of}(?:_plural|\[\d\])? ((?:".*"\n?)+)`, 'gm'))].map(
    ([, lines]) => (lines ?? '').replaceAll(/"\n?"?/g, ''),
  )
}

const CATALOGUES: { [language: string]: string[] } = {
  en: [...texts(en), ...translations('tr', 'msgid')],
  tr: [...texts(tr), ...translations('tr')],
  ru: [...texts(ru), ...translations('ru')],
}

/** What Turkish users read beside the page. Their words for other things than the page's are free. */
const TURKISH_DOCS = ['README.tr.md', ...readdirSync('../docs').map((name) => `docs/${name}`)]
  .filter((path) => path.endsWith('.tr.md'))
  .map((path) => readFileSync(`../${path}`, 'utf8'))
const ALSO_OF_DOCS = /ileti|hizmet|nicemle|tohum|kişili|süzge|sına/

describe.each(Object.keys(INSTEAD))('the words of %s', (language) => {
  const said = CATALOGUES[language] ?? []

  it.each(INSTEAD[language] ?? [])('do not match %s, but say: %s', (word) => {
    expect(said.filter((text) => word.test(text))).toEqual([])
  })

  it.each(SAID[language] ?? [])('have “%s”', (word) => {
    expect(said).toContain(word)
  })
})

it.each((INSTEAD['tr'] ?? []).filter(([word]) => ALSO_OF_DOCS.test(word.source)))(
  'the Turkish docs do not match %s, but say: %s',
  (word) => {
    const found = TURKISH_DOCS.flatMap((text) => text.split('\n').filter((line) => word.test(line)))
    expect(found).toEqual([])
  },
)

it('the Turkish docs call a lane what the server calls it', () => {
  const lanes = TURKISH_DOCS.flatMap((text) => text.split('\n')).filter((line) =>
    /Otomatik [^.|:*]*sütun|sütun[^.|,]* model/u.test(line),
  )
  expect(lanes).toEqual([])
})

describe('a name that is put into a sentence', () => {
  const NAME = String.raw`(?:\{\w*\}|%\(\w+\)[sd])`

  it('has no Turkish suffix: its vowels and consonants are those of a name that nobody knows', () => {
    const suffixed = new RegExp(String.raw`${NAME}(?:['’]?\p{L})`, 'u')
    expect((CATALOGUES['tr'] ?? []).filter((text) => suffixed.test(text))).toEqual([])
  })

  it('has no Russian ending either', () => {
    const ended = new RegExp(String.raw`${NAME}-?\p{L}`, 'u')
    expect((CATALOGUES['ru'] ?? []).filter((text) => ended.test(text))).toEqual([])
  })
})

describe('counted things', () => {
  const NUMBER = String.raw`(?:\{\w+\}|%\(\w+\)[sd])`

  it.each([
    ['en', `(?:at least|at most|than) ${NUMBER} \\p{L}+s(?!\\p{L})`],
    ['ru', `${NUMBER} \\p{L}+(?:ов|ев|ей|бесед|слов|байт)(?!\\p{L})`],
  ])('are not of one form alone in %s', (language, pattern) => {
    const counted = new RegExp(pattern, 'iu')
    const page = texts(language === 'ru' ? ru : en)
    const server = language === 'ru' ? singles() : []
    expect([...page, ...server].filter((text) => counted.test(text) && !text.includes('|'))).toEqual([])
  })

  /** Translations into Russian of what has one form alone. */
  function singles(): string[] {
    const catalogue = readFileSync('../chatbot_project/locale/ru/LC_MESSAGES/django.po', 'utf8')
    return [...catalogue.matchAll(/^msgstr ((?:".*"\n?)+)/gm)].map(([, lines]) =>
      (lines ?? '').replaceAll(/"\n?"?/g, ''),
    )
  }

  const keys = [
    'figures.tokens',
    'figures.answers',
    'branches.turns',
    'documents.pages',
    'documents.passages',
    'costs.requests',
    'costs.days',
    'costs.unpriced',
    'share.withheld',
    'memory.tokens',
    'memory.had',
    'documents.leftOut',
    'composer.placeholderMany',
  ]

  it.each(['en', 'tr', 'ru'] as const satisfies readonly Language[])(
    'agree with their number in %s',
    async (language) => {
      const { t } = makeI18n(language, await loadMessages(language)).global
      const numbers = new Intl.PluralRules(language)
      for (const key of keys) {
        const forms = new Map<string, Set<string>>()
        for (const count of [1, 2, 3, 5, 11, 12, 21, 22, 25, 101]) {
          const rule = numbers.select(count)
          forms.set(
            rule,
            (forms.get(rule) ?? new Set()).add(t(key, { count: String(count) }, count).replace(String(count), '#')),
          )
        }
        for (const [rule, found] of forms) expect([key, rule, found.size]).toEqual([key, rule, 1])
        const different = new Set([...forms.values()].map((found) => [...found][0]))
        // Turkish counts with one form; in Russian two of its forms may look the same.
        if (language === 'en' && key !== 'composer.placeholderMany') expect([key, different.size]).toEqual([key, 2])
        if (language === 'ru') expect([key, different.size >= 2]).toEqual([key, true])
      }
    },
  )
})
