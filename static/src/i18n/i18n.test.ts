import { afterEach, describe, expect, it, vi } from 'vitest'

import { loadMessages, makeI18n, regionOf } from '.'
import { en } from './en'
import { ru } from './ru'
import { tr } from './tr'
import { englishI18n } from '@/testing/i18n'

type Tree = { [key: string]: string | Tree }

function flat(tree: Tree, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flat(value, `${prefix}${key}.`),
  )
}

/** Words that are the same in both languages. */
const SAME = new Set([
  'app.name',
  'lane.topP',
  'lane.seed',
  'lane.topK',
  'models.latency',
  'answer.statusLabel',
  'figures.model',
  'figures.tokens',
  'metrics.groups.model',
  'ollama.model',
  'personas.model',
  'settings.enter',
  'dialogue.examples.debate.first',
  'dialogue.examples.debate.second',
  'settings.modEnter',
  'export.markdown',
  'export.json',
  'time.ms',
  'organise.one',
  'palette.model',
  'settings.textSizes.normal',
])

const english = new Map(flat(en))

describe.each([
  ['tr', tr],
  ['ru', ru],
])('%s', (_language, messages) => {
  const translated = new Map(flat(messages))

  it('has exactly the keys of English', () => {
    expect([...translated.keys()].toSorted()).toEqual([...english.keys()].toSorted())
  })

  it('is translated, and nothing is empty', () => {
    const untranslated = [...translated].filter(
      ([key, text]) => !SAME.has(key) && (text === '' || text === english.get(key)),
    )
    expect(untranslated).toEqual([])
  })

  it('fills in the same values', () => {
    const holes = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].toSorted()
    for (const [key, text] of translated) expect([key, holes(text)]).toEqual([key, holes(english.get(key) ?? '')])
  })
})

describe('the page’s language', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('takes dates and clocks from the browser’s own form of it', () => {
    vi.stubGlobal('navigator', { languages: ['tr-CY', 'en-GB', 'en'] })
    expect(['en', 'tr', 'ru'].map(regionOf)).toEqual(['en-GB', 'tr-CY', 'ru'])
  })

  it('counts in Russian with its three forms', async () => {
    const { t } = makeI18n('ru', await loadMessages('ru')).global
    const forms = [1, 2, 5, 11, 21, 24].map((count) => t('calls.count', { count }, count))
    expect(forms).toEqual(['1 вызов', '2 вызова', '5 вызовов', '11 вызовов', '21 вызов', '24 вызова'])
  })

  it('tells one token from several', () => {
    const { t } = englishI18n().global
    expect([t('figures.tokens', { count: '1' }, 1), t('figures.tokens', { count: '1,200' }, 1_200)]).toEqual([
      '1 token',
      '1,200 tokens',
    ])
  })
})
