import type { Occupancy, Period } from './interval.js'
import { hull, intersect, narrowInterval } from './interval.js'

/** The interval's own text narrowed to the occupancy (unlimited where undefined) and the grant's period; null when nothing is left. */
export function clipInterval(text: unknown, occupancy: Occupancy | undefined, grant: Period): string | null {
  if (typeof text !== 'string') return null
  const period = occupancy === undefined ? grant : intersect(hull(occupancy), grant)
  return narrowInterval(text, period) ?? null
}

/**
 * Whether the account already held the place a year before the interval above: until then, last year's use is
 * somebody else's.
 */
export function reachesBackAYear({ interval, occupancy }: { interval: Period | undefined; occupancy: Occupancy | undefined }): boolean {
  if (interval === undefined || occupancy === undefined) return false
  const from = aYearBefore(interval.from)
  return occupancy.some(period => period.from <= from && period.until > from)
}

function aYearBefore(at: number): number {
  const date = new Date(at)
  return date.setUTCFullYear(date.getUTCFullYear() - 1)
}
