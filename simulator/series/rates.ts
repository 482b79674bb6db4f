import { dateOf, localDayOf, localHour, localMidnight, weekdayOf } from './local-time.js'
import type { Interval, RateData, RateKind, SeriesUnit } from './types.js'

/** Currency units per unit of usage. */
const prices = { flat: 0.33626, onPeak: 0.51233, offPeak: 0.29418, gas: 1.41877 } as const

/** What a rate costs, as the rates of a point list it: one flat price, or two prices by time of use. */
export function ratesOf(kind: RateKind, unit: SeriesUnit = 'KWH'): RateData[] {
  const common = { tier: null, activationDate: '2023-01-01', inactivationDate: null }
  if (kind === 'FLAT' || unit !== 'KWH') {
    return [{ ...common, rateType: 'FLAT', costPerUnit: flatPrice(unit), timeOfUsePeriod: null }]
  }
  const summer = { season: 'SUMMER', times: ['Mon-Fri 16:00-21:00'] }
  const other = { season: 'ALL_YEAR', times: ['all other hours'] }
  return [
    { ...common, rateType: kind, costPerUnit: prices.onPeak, timeOfUsePeriod: { label: 'Peak', timeOfUse: 'ON_PEAK', ...summer } },
    { ...common, rateType: kind, costPerUnit: prices.offPeak, timeOfUsePeriod: { label: 'Off-peak', timeOfUse: 'OFF_PEAK', ...other } },
  ]
}

/** The flat price of a unit: 0.33626 a kWh. */
export function flatPrice(unit: SeriesUnit): number {
  return unit === 'KWH' ? prices.flat : prices.gas
}

export function peakPrice(peak: boolean): number {
  return peak ? prices.onPeak : prices.offPeak
}

/** Whether an instant lies in the peak: June to September, Monday to Friday, four to nine in the evening, local time. */
export function isPeakAt(zone: string, ms: number, day = localDayOf(zone, ms)): boolean {
  const hour = localHour(zone, day, ms)
  return hour >= 16 && hour < 21 && isPeakDay(day)
}

/** Whether a local day has a peak at all. */
export function isPeakDay(day: number): boolean {
  const { month } = dateOf(day)
  const weekday = weekdayOf(day)
  return month >= 6 && month <= 9 && weekday >= 1 && weekday <= 5
}

/** The part of a stretch of one peak day that is peak. The clock never changes on such a day. */
export function peakPart(zone: string, day: number, { from, until }: Interval): Interval {
  const midnight = localMidnight(zone, day)
  return { from: Math.max(from, midnight + 16 * 3_600_000), until: Math.min(until, midnight + 21 * 3_600_000) }
}

/** Money with two decimals for millionths of a unit at a price. Adding zero turns a rounded -0 into 0. */
export function moneyOf(micro: number, price: number): number {
  return Math.round((micro / 1_000_000) * price * 100) / 100 + 0
}
