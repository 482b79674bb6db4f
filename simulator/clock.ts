/** What time it is for the data: the machine's time, or the instant at which it was frozen. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  freeze(ms: number): void
  free(): void
}

export function createClock(base: () => number): Clock {
  let frozenAt: number | undefined
  return {
    now: () => frozenAt ?? base(),
    freeze(ms) {
      frozenAt = ms
    },
    free() {
      frozenAt = undefined
    },
  }
}
