import type { CacheTimes } from './time-to-live.js'
import { longestMs } from './time-to-live.js'

/** When an answer was made, milliseconds since the epoch, and how long it is good for. */
export interface Made {
  readonly at: number
  readonly times: CacheTimes
}

/**
 * What may be done with an answer that is kept: give it as it is; give it while a new one is fetched; give it only
 * where no new one can be had; nothing any more.
 */
export type Freshness = 'fresh' | 'revalidate' | 'on-error' | 'over'

/**
 * How sparing to be with calls, 0 to 3: as usual, let answers grow older, make no call that nobody waits for, the day's calls
 * are nearly spent.
 */
export type Pressure = 0 | 1 | 2 | 3

/** By how much the times after the fresh one grow while calls are scarce. */
const growth: Readonly<Record<Pressure, number>> = { 0: 1, 1: 2, 2: 4, 3: 8 }

export function freshnessOf({ at, times }: Made, now: number, pressure: Pressure): Freshness {
  const over = now - at - times.freshMs
  if (over < 0) return 'fresh'
  if (over < times.staleWhileRevalidateMs * growth[pressure]) return 'revalidate'
  return over < times.staleIfErrorMs * growth[pressure] ? 'on-error' : 'over'
}

/** How long an answer is worth its place, milliseconds: until it may not be given under any pressure. */
export function keptMs({ freshMs, staleWhileRevalidateMs, staleIfErrorMs }: CacheTimes): number {
  return Math.min(longestMs, freshMs + Math.max(staleWhileRevalidateMs, staleIfErrorMs) * growth[3])
}
