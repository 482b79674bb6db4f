import { dateOf, dayOf, localDayOf, localMidnight } from './local-time.js'
import { pick, seedOf } from './noise.js'
import type { BilledAccount, Interval } from './types.js'

/**
 * The closed billing periods of an account, oldest first. A full one has 28 to 33 local days. The first begins and the
 * last ends with the occupancy, so these two may be shorter.
 */
export function closedPeriodsOf(account: BilledAccount, now: number): Interval[] {
  const periods: Interval[] = []
  const end = Math.min(now, account.until ?? Infinity)
  for (let cycle = cycleAt(account, account.from); cycle.from < end; cycle = cycleAt(account, cycle.until)) {
    const period = intersection(cycle, account)
    if (period && period.until <= now) periods.push(period)
  }
  return periods
}

/** The billing period in progress; undefined before and after the occupancy. */
export function openPeriodOf(account: BilledAccount, now: number): Interval | undefined {
  if (now < account.from || now >= (account.until ?? Infinity)) return undefined
  return intersection(cycleAt(account, now), account)
}

/** What two stretches of time have in common; an absent end is open. */
export function intersection(interval: Interval, other: { readonly from: number; readonly until?: number }): Interval | undefined {
  const from = Math.max(interval.from, other.from)
  const until = Math.min(interval.until, other.until ?? Infinity)
  return from < until ? { from, until } : undefined
}

function cycleAt({ seed, zone }: BilledAccount, ms: number): Interval {
  const { year, month } = dateOf(localDayOf(zone, ms))
  const boundaries = [-1, 0, 1, 2].map(step => localMidnight(zone, meterDay(seedOf(seed), year * 12 + month - 1 + step)))
  const next = boundaries.findIndex(boundary => boundary > ms)
  return { from: boundaries[next - 1] ?? ms, until: boundaries[next] ?? ms }
}

/** The day on which the meter is read in a month: nearly the same date each time, never so late that February is too short. */
function meterDay(seed: number, monthCount: number): number {
  const month = (monthCount % 12) + 1
  const delay = month === 2 ? 0 : pick(seed, monthCount, 3)
  return dayOf(Math.floor(monthCount / 12), month, 1 + pick(seed, 0, 26) + delay)
}
