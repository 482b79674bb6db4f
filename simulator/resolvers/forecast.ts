import { billedAccount, zoneOf } from '../billed.js'
import { dataFetchingException } from '../graphql/java-errors.js'
import type { Account } from '../population/types.js'
import { forecastOf } from '../series/forecast.js'
import { formatInstant, formatInterval } from '../series/iso.js'
import type { ForecastSegmentData } from '../series/types.js'
import { measured, money } from './amounts.js'
import type { Ask } from './ask.js'
import { segmentAgreement } from './agreements.js'

/** The bill in progress; null where none can be made. Its text names the account when it fails, as real errors may. */
export function forecastView(account: Account, ask: Ask): object | null {
  if (ask.partial) throw dataFetchingException(`The forecast of account ${account.accountNumber} (${account.canaries.error}) failed`)
  const data = account.hasForecast ? forecastOf(billedAccount(account, ask.now), ask.now) : null
  if (data === null) return null
  const [only] = data.segments.length === 1 ? data.segments : []
  return {
    timeInterval: formatInterval(data, account.utility.billIntervals, zoneOf(account)),
    currentDateTime: formatInstant(ask.now),
    segments: data.segments.map(segment => ({
      serviceAgreement: ({ aliased }: { readonly aliased?: boolean | null }) =>
        segmentAgreement(segment.agreementKey, account, ask, aliased === true),
      ...amountsOf(segment),
    })),
    // Only one agreement's amounts can stand for the whole bill: kWh and therms do not add up.
    ...(only === undefined ? {} : amountsOf(only)),
  }
}

function amountsOf(segment: ForecastSegmentData): object {
  const { unit } = segment
  return {
    estimatedUsage: measured(segment.estimatedUsage, unit),
    estimatedUsageCharges: money(segment.estimatedUsageCharges),
    soFarUsage: measured(segment.soFarUsage, unit),
    soFarUsageCharges: money(segment.soFarUsageCharges),
    priorYearUsage: measured(segment.priorYearUsage, unit),
    priorYearUsageCharges: money(segment.priorYearUsageCharges),
  }
}
