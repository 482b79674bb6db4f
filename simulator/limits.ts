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
  readonly recent: number[]
}

/** By the machine's clock: any second, and days that begin at midnight UTC. */
export function createCallMeter(): CallMeter {
  const counts = new Map<string, Count>()
  return {
    count(utilityCode, limits) {
      const count = counts.get(utilityCode) ?? { day: 0, today: 0, peakPerSecond: 0, refused: 0, recent: [] }
      counts.set(utilityCode, count)
      advance(count, Date.now())
      const over = count.recent.length > limits.perSecond || count.today > limits.perDay
      if (over) count.refused++
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
  while (count.recent[0] !== undefined && count.recent[0] <= now - 1000) count.recent.shift()
  count.recent.push(now)
  count.today++
  count.peakPerSecond = Math.max(count.peakPerSecond, count.recent.length)
}
