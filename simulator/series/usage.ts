import { assertCanary, canaryOfQuarter } from './canaries.js'
import { localDayOf, localMidnight } from './local-time.js'
import { pick, seedOf } from './noise.js'
import { gasDayShape, quarterShape, shapedDay } from './shapes.js'
import type { ShapedDay } from './shapes.js'
import type { Interval, Meter, SeriesQuantity } from './types.js'

export const quarterMs = 900_000

/** Sums of days that one meter remembers before it starts afresh: seven years of all three quantities. */
const rememberedDays = 8_000

const daySums = new WeakMap<Meter, Map<number, number>>()
const quantities: readonly SeriesQuantity[] = ['NET_USAGE', 'DELIVERED', 'RECEIVED']

/** Millionths of the unit, as whole numbers: dividing by this prints at most six decimals. */
export function printed(micro: number): number {
  return micro / 1_000_000
}

/** With two decimals, as bills and forecasts print usage. */
export function rounded(micro: number): number {
  return Math.round(micro / 10_000) / 100 + 0
}

/**
 * Usage of all local days that begin in the interval, in millionths of the unit. Unlike reads it knows no limit of
 * availability: bills reach further back than interval data.
 */
export function usageOf(meter: Meter, quantity: SeriesQuantity, { from, until }: Interval): number {
  let sum = 0
  let day = localDayOf(meter.zone, from)
  if (localMidnight(meter.zone, day) < from) day++
  for (; localMidnight(meter.zone, day) < until; day++) sum += dayMicro(meter, quantity, day)
  return sum
}

/** Usage of one local day, in millionths of the unit: exactly the sum of its quarters. */
export function dayMicro(meter: Meter, quantity: SeriesQuantity, day: number): number {
  const sums = sumsOf(meter)
  const key = day * quantities.length + quantities.indexOf(quantity)
  const known = sums.get(key)
  if (known !== undefined) return known
  const sum = meter.shape === 'gas' ? gasDay(meter, quantity, day) : spanMicro(meter, quantity, day, dayInterval(meter, day))
  if (sums.size >= rememberedDays) sums.clear()
  sums.set(key, sum)
  return sum
}

/** Usage of a stretch of quarters inside one local day, in millionths of the unit. */
export function spanMicro(meter: Meter, quantity: SeriesQuantity, day: number, { from, until }: Interval): number {
  const seed = seedOf(meter.seed)
  const shaped = shapedDay(meter.zone, day, seed)
  let sum = 0
  for (let ms = from; ms < until; ms += quarterMs) sum += quarterMicro(meter, seed, quantity, shaped, ms)
  return sum
}

export function dayInterval(meter: Meter, day: number): Interval {
  return { from: localMidnight(meter.zone, day), until: localMidnight(meter.zone, day + 1) }
}

function sumsOf(meter: Meter): Map<number, number> {
  const known = daySums.get(meter)
  if (known) return known
  const sums = new Map<number, number>()
  daySums.set(meter, sums)
  return sums
}

function quarterMicro(meter: Meter, seed: number, quantity: SeriesQuantity, day: ShapedDay, ms: number): number {
  const { hundredths, sign, hour, hours } = quarterShape(meter.shape, seed, day, ms)
  if (quantity === 'DELIVERED' && sign < 0) return 0
  if (quantity === 'RECEIVED' && sign > 0) return 0
  const canary = meter.canaryAt?.(ms)
  const index = ms / quarterMs
  const low = canary === undefined ? strayDigits(meter, seed, index) : canaryOfQuarter(canary, hour, hours, ((index % 4) + 4) % 4)
  const micro = hundredths * 10_000 + low
  return quantity === 'NET_USAGE' ? micro * sign : micro
}

function gasDay(meter: Meter, quantity: SeriesQuantity, day: number): number {
  if (quantity === 'RECEIVED') return 0
  const seed = seedOf(meter.seed)
  const canary = meter.canaryAt?.(localMidnight(meter.zone, day))
  if (canary !== undefined) assertCanary(canary)
  return gasDayShape(seed, day) * 10_000 + (canary ?? strayDigits(meter, seed, day))
}

/** Where nobody lives: so little that a whole day of it, or a difference of two registers, looks like no canary. */
function strayDigits(meter: Meter, seed: number, index: number): number {
  return pick(seed + 1, index, meter.shape === 'solar' ? 2 : 20)
}
