import { onScopeDispose, ref, watch } from 'vue'

import { useFailure } from '@/composables/useFailure'
import { useLocation } from '@/composables/useLocation'
import type { RunRow, SetList, TestSet, WholeRun } from '@/domain/testsets'
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

  const address = (): string => `/api/testsets/${location.testset.value}`

  async function load(): Promise<void> {
    clearTimeout(timer)
    run.value = null
    runs.value = []
    shown.value = null
    if (location.testset.value === '') {
      await attempt(async () => (list.value = await http.get<SetList>('/api/testsets')))
      return
    }
    await attempt(async () => (shown.value = await http.get<TestSet>(address())))
    await loadRuns()
    if (runs.value[0]) await open(runs.value[0].id)
  }

  async function loadRuns(): Promise<void> {
    await attempt(async () => (runs.value = (await http.get<{ runs: RunRow[] }>(`${address()}/runs`)).runs))
  }

  async function open(id: string): Promise<void> {
    clearTimeout(timer)
    const before = run.value?.id === id ? run.value.state : null
    const done = await attempt(async () => (run.value = await http.get<WholeRun>(`${address()}/runs/${id}`)))
    if (before === 'running' && run.value?.state !== 'running') await loadRuns()
    if (done && run.value?.state === 'running') timer = setTimeout(() => void open(id), LOOK_MS)
  }

  async function tell(id: string, what: 'stop' | 'resume'): Promise<void> {
    await attempt(() => http.post(`${address()}/runs/${id}/${what}`))
    await loadRuns()
    await open(id)
  }

  async function save(changed: { name: string; cases: TestSet['cases'] }): Promise<boolean> {
    return await attempt(async () => (shown.value = await http.put<TestSet>(address(), changed)))
  }

  async function keepSchedule(schedule: ScheduleBody): Promise<boolean> {
    return await attempt(async () => (shown.value = await http.put<TestSet>(`${address()}/schedule`, schedule)))
  }

  async function dropSchedule(): Promise<boolean> {
    return await attempt(async () => {
      await http.delete(`${address()}/schedule`)
      shown.value = await http.get<TestSet>(address())
    })
  }

  async function make(name: string): Promise<void> {
    await attempt(async () =>
      location.goToTestSets((await http.post<TestSet>('/api/testsets', { name, cases: [] })).id),
    )
  }

  async function remove(): Promise<void> {
    if (await attempt(() => http.delete(address()))) location.goToTestSets('')
  }

  watch(location.testset, (testset) => void (testset !== null && load()), { immediate: true })
  onScopeDispose(() => clearTimeout(timer))

  return { list, shown, runs, run, address, loadRuns, open, tell, save, keepSchedule, dropSchedule, make, remove }
}
