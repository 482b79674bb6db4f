import { localDayOf, midnightBefore, offsetAt } from './local-time.js'
import { pick, seedOf } from './noise.js'
import { registersOf } from './reads.js'
import { printed, quarterMs, spanMicro } from './usage.js'
import type { Interval, Meter, Read, SeriesQuantity, SeriesResolution } from './types.js'

const hourMs = 3_600_000
const lengths = { QUARTER_HOUR: quarterMs, HALF_HOUR: 2 * quarterMs, HOUR: hourMs } as const

export interface IntervalReadQuery extends Partial<Interval> {
  readonly quantity: SeriesQuantity
  readonly resolution: Exclude<SeriesResolution, 'DAY'>
  readonly now: number
  /** True for the near-real-time stream, false for reads up to the last local midnight. */
  readonly unverified: boolean
}

/**
 * Raw reads of one register: at most 24 absolute hours before the end of the window, the newest 24 without a window.
 * The unverified stream ends 45 to 60 minutes ago and lacks three or four quarters of a day; all reads in the hours
 * around a change of the clock are missing. What is missing has null amounts. Gas has none of these reads.
 */
export function intervalReadsOf(meter: Meter, query: IntervalReadQuery): Read[] {
  const register = registersOf(meter, query.now).find(({ quantity }) => quantity === query.quantity)
  if (!register?.available || meter.shape === 'gas') return []
  const length = lengths[query.resolution]
  const newest = query.unverified ? Math.floor((query.now - 3 * quarterMs) / quarterMs) * quarterMs : midnightBefore(meter.zone, query.now)
  const until = Math.min(query.until ?? newest, newest, meter.until ?? Infinity)
  const from = Math.max(query.from ?? until - 24 * hourMs, until - 24 * hourMs, register.available.from)
  const reads: Read[] = []
  for (let ms = Math.ceil(from / length) * length; ms + length <= until; ms += length) {
    reads.push(readAt(meter, query, { from: ms, until: ms + length }))
  }
  return reads
}

function readAt(meter: Meter, query: IntervalReadQuery, interval: Interval): Read {
  const day = localDayOf(meter.zone, interval.from)
  const missing = isNearClockChange(meter.zone, interval.from) || (query.unverified && lacksQuarter(meter, interval))
  const micro = missing ? null : spanMicro(meter, query.quantity, day, interval)
  const value = micro === null ? null : printed(micro)
  return { ...interval, micro, value, readType: 'ACTUAL', cost: null, isPeakPeriod: false, components: [] }
}

/** The hour of the change, the one before and the one after. */
function isNearClockChange(zone: string, ms: number): boolean {
  const hour = Math.floor(ms / hourMs) * hourMs
  return offsetAt(zone, hour - 2 * hourMs) !== offsetAt(zone, hour + hourMs)
}

function lacksQuarter(meter: Meter, { from, until }: Interval): boolean {
  for (let ms = from; ms < until; ms += quarterMs) if (pick(seedOf(meter.seed) + 3, ms / quarterMs, 27) === 0) return true
  return false
}
