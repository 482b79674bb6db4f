import { isPeakAt, isPeakDay, flatPrice, moneyOf, peakPart, peakPrice } from './rates.js'
import { localDayOf, localMidnight, midnightBefore } from './local-time.js'
import { pick, seedOf } from './noise.js'
import { dayInterval, dayMicro, printed, quarterMs, spanMicro } from './usage.js'
import type { Interval, Meter, Pricing, RatedComponent, Read, ReadQuery, Register, SeriesQuantity } from './types.js'

const lengths = { QUARTER_HOUR: quarterMs, HALF_HOUR: 2 * quarterMs, HOUR: 4 * quarterMs } as const

/**
 * The reads that lie wholly in a window: the start rounds up to the next boundary, the end is exclusive, so a window
 * shorter than one read gives none. Nothing is answered outside what `registersOf` calls available, nor for a
 * quantity or a resolution that the meter does not have.
 */
export function readsOf(meter: Meter, query: ReadQuery): Read[] {
  const register = registersOf(meter, query.now).find(({ quantity }) => quantity === query.quantity)
  if (!register?.available) return []
  if (meter.shape === 'gas' && query.resolution !== 'DAY') return []
  const from = Math.max(query.from, register.available.from)
  const until = Math.min(query.until, register.available.until)
  const price = pricer(meter, query)
  return query.resolution === 'DAY' ? daysIn(meter, query, { from, until }, price) : spansIn(meter, query, { from, until }, price)
}

/** The registers of a meter: a solar one has three, any other the net alone. */
export function registersOf(meter: Meter, now: number): Register[] {
  const quantities: SeriesQuantity[] = meter.shape === 'solar' ? ['DELIVERED', 'RECEIVED', 'NET_USAGE'] : ['NET_USAGE']
  const until = Math.min(meter.until ?? Infinity, midnightBefore(meter.zone, now))
  const resolution = meter.shape === 'gas' ? 'DAY' : 'QUARTER_HOUR'
  return quantities.map(quantity => {
    const from = Math.max(meter.from, meter.registersFrom?.[quantity] ?? -Infinity)
    return { quantity, unit: meter.unit, resolution, available: from < until ? { from, until } : undefined }
  })
}

type Pricer = (day: number, interval: Interval, micro: number) => Pick<Read, 'cost' | 'components'>

function daysIn(meter: Meter, query: ReadQuery, { from, until }: Interval, price: Pricer): Read[] {
  const reads: Read[] = []
  let day = localDayOf(meter.zone, from)
  if (localMidnight(meter.zone, day) < from) day++
  for (; localMidnight(meter.zone, day + 1) <= until; day++) {
    const interval = dayInterval(meter, day)
    const micro = dayMicro(meter, query.quantity, day)
    reads.push({ ...interval, ...amount(micro), readType: readTypeOf(meter, day), isPeakPeriod: false, ...price(day, interval, micro) })
  }
  return reads
}

function spansIn(meter: Meter, query: ReadQuery, { from, until }: Interval, price: Pricer): Read[] {
  const reads: Read[] = []
  const length = query.resolution === 'DAY' ? lengths.HOUR : lengths[query.resolution]
  const first = Math.ceil(from / length) * length
  let day = localDayOf(meter.zone, first)
  for (let ms = first; ms + length <= until; ms += length) {
    while (localMidnight(meter.zone, day + 1) <= ms) day++
    const interval = { from: ms, until: ms + length }
    const micro = spanMicro(meter, query.quantity, day, interval)
    const isPeakPeriod = isPeakAt(meter.zone, ms, day)
    reads.push({ ...interval, ...amount(micro), readType: readTypeOf(meter, day), isPeakPeriod, ...price(day, interval, micro) })
  }
  return reads
}

function amount(micro: number): Pick<Read, 'micro' | 'value'> {
  return { micro, value: printed(micro) }
}

/** About one day in a hundred is estimated by the utility. */
function readTypeOf(meter: Meter, day: number): Read['readType'] {
  return pick(seedOf(meter.seed) + 2, day, 97) === 0 ? 'ESTIMATED' : 'ACTUAL'
}

/** Costs lag behind usage: the newest days have none, or nothing to pay. */
function pricer(meter: Meter, query: ReadQuery): Pricer {
  const { pricing } = query
  if (!pricing) return () => ({ cost: null, components: [] })
  const lagFrom = localMidnight(meter.zone, localDayOf(meter.zone, query.now) - (pricing.lagDays ?? 1))
  const missing = pricing.lagAs === 'zero' ? 0 : null
  return (day, interval, micro) => {
    const priced = componentsOf(meter, query.quantity, pricing, day, interval, micro)
    const known = interval.from < lagFrom
    const components = priced.map(component => (known ? component : { ...component, cost: missing }))
    return { cost: known ? sumOfCosts(components) : missing, components }
  }
}

function componentsOf(
  meter: Meter,
  quantity: SeriesQuantity,
  pricing: Pricing,
  day: number,
  interval: Interval,
  micro: number,
): RatedComponent[] {
  if (pricing.rate === 'FLAT' || meter.unit !== 'KWH') return [component('FLAT', micro, flatPrice(meter.unit))]
  const onPeak = isPeakDay(day) ? spanMicro(meter, quantity, day, peakPart(meter.zone, day, interval)) : 0
  if (onPeak === 0) return [component('OFF_PEAK', micro, peakPrice(false))]
  const peak = component('ON_PEAK', onPeak, peakPrice(true))
  return onPeak === micro ? [peak] : [peak, component('OFF_PEAK', micro - onPeak, peakPrice(false))]
}

function component(label: RatedComponent['label'], micro: number, price: number): RatedComponent {
  return { label, micro, value: printed(micro), cost: moneyOf(micro, price), costPerUnit: price }
}

function sumOfCosts(components: readonly RatedComponent[]): number {
  return Math.round(components.reduce((sum, { cost }) => sum + (cost ?? 0), 0) * 100) / 100
}
