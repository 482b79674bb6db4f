import type { Grant } from '../accounts/grant.js'
import { grantPeriod } from '../accounts/grant-period.js'
import type { Occupancy, Period } from './interval.js'
import { intersect, narrowInterval } from './interval.js'

/** The interval's own text narrowed to the occupancy (unlimited where undefined) and the grant's period; null when nothing is left. */
export function clipInterval(text: unknown, occupancy: Occupancy | undefined, grant: Period): string | null {
  if (typeof text !== 'string') return null
  return narrowInterval(text, occupancy === undefined ? grant : occupancy.map(period => intersect(period, grant))) ?? null
}

/** What is known of the object above a value. */
export interface InTime {
  readonly interval: Period | undefined
  readonly occupancy: Occupancy | undefined
  readonly grant: Grant
}

/**
 * Whether the account already held the place a year before the interval above, in the time that the grant opens: until
 * then, last year's use is somebody else's, or not to be told.
 */
export function reachesBackAYear({ interval, occupancy, grant }: InTime): boolean {
  if (interval === undefined || occupancy === undefined) return false
  const from = aYearBefore(interval.from)
  return occupancy.map(period => intersect(period, grantPeriod(grant))).some(period => period.from <= from && period.until > from)
}

/** Whether the account still holds the place above at `now`, or the grant's period reaches until then. */
export function reachesToday(by: 'occupancy' | 'grant', { occupancy, grant }: Omit<InTime, 'interval'>, now: number): boolean {
  const holds = ({ from, until }: Period): boolean => from <= now && now < until
  return holds(grantPeriod(grant)) && (by === 'grant' || (occupancy ?? []).some(holds))
}

function aYearBefore(at: number): number {
  const date = new Date(at)
  return date.setUTCFullYear(date.getUTCFullYear() - 1)
}
