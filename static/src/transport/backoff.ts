export interface Backoff {
  next(): number
  reset(): void
}

/** Half a second, doubling to fifteen, and spread so that many pages do not come back at once. */
export function backoff(random: () => number = Math.random): Backoff {
  let attempt = 0
  return {
    next() {
      const ceiling = Math.min(15_000, 500 * 2 ** attempt)
      attempt += 1
      return ceiling * (0.5 + random() / 2)
    },
    reset() {
      attempt = 0
    },
  }
}
