import { onScopeDispose, ref, watch } from 'vue'

import { useFailure } from '@/composables/useFailure'
import { useLocation } from '@/composables/useLocation'
import { type Case, casesOf, type RunRow, type SetList, type TestSet, type WholeRun } from '@/domain/testsets'
import type { ScheduleBody } from '@/protocol/rest.gen'
import { useConnection } from '@/stores/connection'

const LOOK_MS = 1_000

/** What the page of test sets shows: all of them, or the one of the address with its runs, looked at again while one goes on. */
export function useTestSets() {
  const { http } = useConnection()
  const { attempt } = useFailure()
  const location = useLocation()
  const list = ref<SetList | null>(null)
  const shown = ref<TestSet | null>(null)
  const runs = ref<readonly RunRow[]>([])
  const run = ref<WholeRun | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  const path = (): { testset: string } => ({ testset: location.testset.value ?? '' })

  async function load(): Promise<void> {
    clearTimeout(timer)
    run.value = null
    runs.value = []
    shown.value = null
    if (location.testset.value === '') {
      await attempt(async () => (list.value = await http.call('GET /api/testsets')))
      return
    }
    await attempt(async () => (shown.value = await http.call('GET /api/testsets/{testset}', { path: path() })))
    await loadRuns()
    if (runs.value[0]) await open(runs.value[0].id)
  }

  async function loadRuns(): Promise<void> {
    await attempt(
      async () => (runs.value = (await http.call('GET /api/testsets/{testset}/runs', { path: path() })).runs),
    )
  }

  async function open(id: string): Promise<void> {
    clearTimeout(timer)
    const before = run.value?.id === id ? run.value.state : null
    const done = await attempt(
      async () =>
        (run.value = await http.call('GET /api/testsets/{testset}/runs/{run}', { path: { ...path(), run: id } })),
    )
    if (before === 'running' && run.value?.state !== 'running') await loadRuns()
    if (done && run.value?.state === 'running') timer = setTimeout(() => void open(id), LOOK_MS)
  }

  async function controlRun(id: string, what: 'stop' | 'resume'): Promise<void> {
    await attempt(() => http.call(`POST /api/testsets/{testset}/runs/{run}/${what}`, { path: { ...path(), run: id } }))
    await loadRuns()
    await open(id)
  }

  async function save(changed: { name: string; cases: readonly Case[] }): Promise<boolean> {
    return await attempt(
      async () =>
        (shown.value = await http.call('PUT /api/testsets/{testset}', {
          path: path(),
          body: { name: changed.name, cases: casesOf(changed.cases) },
        })),
    )
  }

  async function keepSchedule(schedule: ScheduleBody): Promise<boolean> {
    return await attempt(
      async () =>
        (shown.value = await http.call('PUT /api/testsets/{testset}/schedule', { path: path(), body: schedule })),
    )
  }

  async function dropSchedule(): Promise<boolean> {
    return await attempt(async () => {
      await http.call('DELETE /api/testsets/{testset}/schedule', { path: path() })
      shown.value = await http.call('GET /api/testsets/{testset}', { path: path() })
    })
  }

  async function make(name: string): Promise<void> {
    await attempt(async () =>
      location.goToTestSets((await http.call('POST /api/testsets', { body: { name, cases: [] } })).id),
    )
  }

  async function remove(): Promise<void> {
    if (await attempt(() => http.call('DELETE /api/testsets/{testset}', { path: path() }))) location.goToTestSets('')
  }

  watch(location.testset, (testset) => void (testset !== null && load()), { immediate: true })
  onScopeDispose(() => clearTimeout(timer))

  return { list, shown, runs, run, loadRuns, open, controlRun, save, keepSchedule, dropSchedule, make, remove }
}
