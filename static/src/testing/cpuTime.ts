/** Milliseconds of the processor that a run takes. Beside other tests the clock would measure those too. */
export function cpuMsOf(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
