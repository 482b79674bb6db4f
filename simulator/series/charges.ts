import { localDayOf, localMidnight } from './local-time.js'
import { flatPrice, isPeakDay, moneyOf, peakPart, peakPrice } from './rates.js'
import { dayInterval, spanMicro, usageOf } from './usage.js'
import type { BilledAgreement, Interval, Meter, SeriesQuantity, SeriesUnit } from './types.js'

/** The unit in which an agreement is billed. */
export function unitOf(agreement: BilledAgreement): SeriesUnit {
  return agreement.meters[0]?.unit ?? (agreement.serviceType === 'GAS' ? 'TH' : 'KWH')
}

/** Usage of all meters of an agreement over whole local days, in millionths of the unit. */
export function agreementUsage(agreement: BilledAgreement, quantity: SeriesQuantity, interval: Interval): number {
  return agreement.meters.reduce((sum, meter) => sum + usageOf(meter, quantity, interval), 0)
}

/** What the net usage of whole local days costs by the agreement's rate, with two decimals; negative for a net export. */
export function usageChargesOf(agreement: BilledAgreement, interval: Interval): number {
  const unit = unitOf(agreement)
  const all = agreementUsage(agreement, 'NET_USAGE', interval)
  if (agreement.rate !== 'TIME_OF_USE' || unit !== 'KWH') return moneyOf(all, flatPrice(unit))
  const onPeak = agreement.meters.reduce((sum, meter) => sum + peakUsage(meter, interval), 0)
  return cents(moneyOf(onPeak, peakPrice(true)) + moneyOf(all - onPeak, peakPrice(false)))
}

/** A sum of money, cleared of what binary fractions leave behind. */
export function cents(amount: number): number {
  return Math.round(amount * 100) / 100 + 0
}

function peakUsage(meter: Meter, { from, until }: Interval): number {
  let sum = 0
  for (let day = localDayOf(meter.zone, from); localMidnight(meter.zone, day) < until; day++) {
    if (isPeakDay(day)) sum += spanMicro(meter, 'NET_USAGE', day, peakPart(meter.zone, day, dayInterval(meter, day)))
  }
  return sum
}
