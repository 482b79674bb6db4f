/** Counts GraphQL calls per utility, all callers of its credentials together, as the vendor's limit does. */
export interface CallMeter {
  /** Counts one call and tells whether it is above one of the limits. */
  count(utilityCode: string, limits: { readonly perSecond: number; readonly perDay: number }): boolean
  clear(): void
  report(): Readonly<Record<string, { readonly today: number; readonly peakPerSecond: number; readonly refused: number }>>
}

interface Count {
  day: number
  today: number
  peakPerSecond: number
  refused: number
  /** When the calls of the last second came, all of them and those that were let through. */
  readonly recent: number[]
  readonly passed: number[]
}

/** By the machine's clock: any second, and days that begin at midnight UTC. */
export function createCallMeter(): CallMeter {
  const counts = new Map<string, Count>()
  return {
    count(utilityCode, limits) {
      const count = counts.get(utilityCode) ?? { day: 0, today: 0, peakPerSecond: 0, refused: 0, recent: [], passed: [] }
      counts.set(utilityCode, count)
      const now = Date.now()
      advance(count, now)
      // What was refused does not use up the second: exactly so many a second get through.
      const over = count.passed.length >= limits.perSecond || count.today > limits.perDay
      if (over) count.refused++
      else count.passed.push(now)
      return over
    },
    clear: () => counts.clear(),
    report: () =>
      Object.fromEntries([...counts].map(([code, { today, peakPerSecond, refused }]) => [code, { today, peakPerSecond, refused }])),
  }
}

function advance(count: Count, now: number): void {
  const day = Math.floor(now / 86_400_000)
  if (day !== count.day) Object.assign(count, { day, today: 0 })
  for (const times of [count.recent, count.passed]) while (times[0] !== undefined && times[0] <= now - 1000) times.shift()
  count.recent.push(now)
  count.today++
  count.peakPerSecond = Math.max(count.peakPerSecond, count.recent.length)
}
