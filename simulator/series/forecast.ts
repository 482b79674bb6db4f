import { intersection, openPeriodOf } from './billing-cycle.js'
import { agreementUsage, cents, unitOf, usageChargesOf } from './charges.js'
import { dateOf, dayOf, localDayOf, localMidnight, midnightBefore } from './local-time.js'
import { rounded } from './usage.js'
import type { BilledAccount, BilledAgreement, ForecastData, ForecastSegmentData, Interval } from './types.js'

export interface ForecastRules {
  /** Estimates begin when so many local days of the period are over. @default 3 */
  readonly estimateAfterDays?: number
}

/**
 * The bill in progress: what has been used up to the last local midnight, what the whole period may come to, and what
 * it was a year ago. Null where nobody lives at `now`, or no agreement runs.
 */
export function forecastOf(account: BilledAccount, now: number, rules: ForecastRules = {}): ForecastData | null {
  const period = openPeriodOf(account, now)
  const running = account.agreements.filter(({ from, until }) => from <= now && now < (until ?? Infinity))
  if (!period || running.length === 0) return null
  return { ...period, segments: running.map(agreement => segmentOf(account, agreement, period, now, rules.estimateAfterDays ?? 3)) }
}

function segmentOf(
  account: BilledAccount,
  agreement: BilledAgreement,
  period: Interval,
  now: number,
  afterDays: number,
): ForecastSegmentData {
  const soFar = { from: Math.max(period.from, agreement.from), until: Math.max(period.from, midnightBefore(account.zone, now)) }
  const used = agreementUsage(agreement, 'NET_USAGE', soFar)
  const charged = usageChargesOf(agreement, soFar)
  const days = daysIn(account.zone, soFar)
  const growth = days < Math.max(1, afterDays) ? null : daysIn(account.zone, { ...soFar, until: period.until }) / days
  return {
    agreementKey: agreement.key,
    unit: unitOf(agreement),
    soFarUsage: rounded(used),
    soFarUsageCharges: charged,
    estimatedUsage: growth === null ? null : rounded(used * growth),
    estimatedUsageCharges: growth === null ? null : cents(charged * growth),
    ...priorYearOf(account, agreement, period),
  }
}

/** Only of the account's own time: whoever lived there before is none of its business. */
function priorYearOf(account: BilledAccount, agreement: BilledAgreement, { from, until }: Interval) {
  const prior = { from: aYearBefore(account.zone, from), until: aYearBefore(account.zone, until) }
  const own = intersection(prior, { from: Math.max(account.from, agreement.from) })
  if (own?.from !== prior.from) return { priorYearUsage: null, priorYearUsageCharges: null }
  return { priorYearUsage: rounded(agreementUsage(agreement, 'NET_USAGE', prior)), priorYearUsageCharges: usageChargesOf(agreement, prior) }
}

function daysIn(zone: string, { from, until }: Interval): number {
  return localDayOf(zone, until) - localDayOf(zone, from)
}

function aYearBefore(zone: string, ms: number): number {
  const { year, month, date } = dateOf(localDayOf(zone, ms))
  return localMidnight(zone, dayOf(year - 1, month, date))
}
