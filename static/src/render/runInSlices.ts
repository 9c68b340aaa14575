import { SLICE_MS } from './limits'

type Job = () => void

const jobs: Job[] = []
let isScheduled = false

function run(): void {
  isScheduled = false
  const end = performance.now() + SLICE_MS
  while (jobs.length > 0 && performance.now() < end) jobs.shift()?.()
  if (jobs.length > 0) schedule()
}

function schedule(): void {
  if (isScheduled) return
  isScheduled = true
  setTimeout(run, 0)
}

/** Does work that a reader can wait for in short slices, so that typing and scrolling are never held up. */
export function runInSlices(job: Job): void {
  jobs.push(job)
  schedule()
}
