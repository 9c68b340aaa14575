import { computed, ref, watch } from 'vue'

import { lastAnswer } from '@/composables/lastAnswer'
import { useFailure } from '@/composables/useFailure'
import type { Group, Metrics } from '@/domain/metrics'
import type { Leaderboard, Rest } from '@/protocol/rest.gen'
import { useConnection } from '@/stores/connection'

export const SPANS = [7, 30, 90, 365] as const
export type Judged = 'all' | 'blind' | 'open'

/** Of which questions a leaderboard is; empty: of all. */
export type Narrowed = Required<
  Pick<NonNullable<Rest['GET /api/leaderboard']['query']>, 'kind' | 'language' | 'tag' | 'folder'>
>

const DAY_MS = 86_400_000

/** Of spreadsheets on this machine, as far as the browser knows: whatever language the page speaks. */
const DECIMAL = (1.5).toLocaleString()[1] === ',' ? 'comma' : 'point'

/** What the metrics page shows, asked for anew when its span, grouping or whose figures it shows change. */
export function useMetrics() {
  const { http } = useConnection()
  const { attempt } = useFailure()
  const days = ref<number>(30)
  const by = ref<Group>('model')
  const everyone = ref(false)
  const judged = ref<Judged>('all')
  const groups = ref<Metrics | null>(null)
  const time = ref<Pick<Metrics, 'rows' | 'before'> | null>(null)
  /** Of the figures by day, which come first. */
  const phase = ref<'loading' | 'failed' | 'ready'>('loading')
  const board = ref<Leaderboard>({ rows: [], kinds: {}, languages: {} })
  const narrowed = ref<Narrowed>({ kind: '', language: '', tag: '', folder: '' })
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const first = computed(() => dayOf(new Date(Date.now() - (days.value - 1) * DAY_MS)))
  const last = computed(() => dayOf(new Date()))
  const lastByDay = lastAnswer<Rest['GET /api/metrics']['answer']>()
  const lastGrouped = lastAnswer<Metrics>()
  const lastBoard = lastAnswer<Leaderboard>()

  function query(group: Group) {
    return { by: group, since: first.value, until: last.value, timezone, everyone: everyone.value || undefined }
  }

  /** With what is told by day, unless only the grouping changed. What comes too late is passed over. */
  async function read(daily: boolean): Promise<void> {
    const answer = http.call('GET /api/metrics', { query: { ...query(by.value), daily: daily || undefined } })
    const [byDay, grouped] = await Promise.all([daily ? lastByDay(answer) : null, lastGrouped(answer)])
    if (byDay?.daily) time.value = byDay.daily
    if (grouped) groups.value = grouped
  }

  async function readBoard(): Promise<void> {
    const told = await lastBoard(
      http.call('GET /api/leaderboard', { query: { blind: judged.value, ...narrowed.value } }),
    )
    if (told) board.value = told
  }

  async function load(): Promise<void> {
    if (time.value === null) phase.value = 'loading'
    const isRead = await attempt(() => read(true))
    phase.value = isRead || time.value !== null ? 'ready' : 'failed'
  }

  watch([days, everyone], load, { immediate: true })
  watch(by, () => attempt(() => read(false)))
  watch([judged, narrowed], () => attempt(readBoard), { immediate: true, deep: true })

  return {
    days,
    by,
    everyone,
    judged,
    narrowed,
    groups,
    time,
    phase,
    load,
    board,
    first,
    last,
    csv: computed(() =>
      http.addressOf('GET /api/metrics', { query: { ...query(by.value), format: 'csv', decimal: DECIMAL } }),
    ),
  }
}

/** In local time, as `2026-11-29`. */
function dayOf(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
}
