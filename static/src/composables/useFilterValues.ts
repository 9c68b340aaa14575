import { useI18n } from 'vue-i18n'

import { dayText, type FilterName, type Filters, foldText, parseDay, parseDays } from '@/domain/searching'
import { regionOf } from '@/i18n'
import { useChats } from '@/stores/chats'
import { refOf, useModels } from '@/stores/models'

export interface Suggestion {
  label: string
  filters: Filters
}

const MOST = 8

/** What can be filtered by, and how a filter is named on the page. */
export function useFilterValues() {
  const { t, locale } = useI18n()
  const chats = useChats()
  const models = useModels()

  function daysAgo(days: number): string {
    const date = new Date()
    date.setDate(date.getDate() - days)
    return dayText(date)
  }

  function all(name: FilterName | 'has'): Suggestion[] {
    switch (name) {
      case 'model':
        return modelRefs().map((model) => ({ label: model, filters: { model } }))
      case 'folder':
        return [...chats.folders.map((folder) => folder.name), ''].map((folder) => ({
          label: labelOf('folder', folder),
          filters: { folder },
        }))
      case 'tag':
        return chats.tags.map((tag) => ({ label: tag.name, filters: { tag: tag.name } }))
      case 'has':
        return (['branches', 'attachments'] as const).map((what) => ({
          label: t(`palette.${what}`),
          filters: { [what]: 'true' },
        }))
      default:
        return days(name)
    }
  }

  function days(name: 'since' | 'until' | 'answered' | 'branches' | 'attachments'): Suggestion[] {
    const today = daysAgo(0)
    const until = name === 'answered' ? `..${today}` : ''
    const known = { today, yesterday: daysAgo(1), week: `${daysAgo(7)}${until}`, month: `${daysAgo(30)}${until}` }
    return Object.entries(known).map(([word, day]) => ({
      label: `${t(`sidebar.${word}`)} · ${labelOf(name, day)}`,
      filters: { [name]: day },
    }))
  }

  function modelRefs(): string[] {
    const now = models.groups.flatMap((group) => group.models.map(refOf))
    return [...new Set([...chats.rows.flatMap((row) => row.models), ...now])]
  }

  function suggest(name: FilterName | 'has', typed: string): Suggestion[] {
    const wanted = foldText(typed)
    return all(name)
      .filter((one) => foldText(one.label).includes(wanted))
      .slice(0, MOST)
  }

  /** A folder or a tag by its name as it is written, whatever letters were typed. */
  function withExactNames(filters: Filters): Filters {
    const exact = (names: { name: string }[], typed: string): string =>
      names.find(({ name }) => name === typed)?.name ??
      names.find(({ name }) => foldText(name) === foldText(typed))?.name ??
      typed
    return {
      ...filters,
      ...(filters.folder ? { folder: exact(chats.folders, filters.folder) } : {}),
      ...(filters.tag ? { tag: exact(chats.tags, filters.tag) } : {}),
    }
  }

  function labelOf(name: FilterName, value: string): string {
    if (name === 'folder' && value === '') return t('palette.noFolder')
    if (name === 'answered') return daysOf(value)
    if (name !== 'since' && name !== 'until') return value
    const [, month, day] = value.split('-')
    const shape: Intl.DateTimeFormatOptions = {
      year: 'numeric',
      month: month ? 'short' : undefined,
      day: day ? 'numeric' : undefined,
    }
    const at = parseDay(value)
    return at ? new Intl.DateTimeFormat(regionOf(locale.value), shape).format(at.from) : value
  }

  function daysOf(value: string): string {
    const at = parseDays(value)
    if (!at) return value
    const last = new Date(at.to)
    last.setDate(last.getDate() - 1)
    return new Intl.DateTimeFormat(regionOf(locale.value), { dateStyle: 'medium' }).formatRange(at.from, last)
  }

  return { suggest, withExactNames, labelOf, modelRefs }
}
