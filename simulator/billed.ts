import { meterOf } from './meters.js'
import type { Account, ServiceAgreement } from './population/types.js'
import type { BilledAccount, Meter } from './series/types.js'

/** An account as the time series see it; its meters are those of `now`. */
export function billedAccount(account: Account, now: number): BilledAccount {
  const { from, until } = account.occupancy
  return {
    seed: account.uuid,
    zone: zoneOf(account),
    from,
    ...(until === undefined ? {} : { until }),
    agreements: account.agreements.map(agreement => billedAgreement(agreement, account, now)),
    duplicateBills: account.hasDuplicateBills,
  }
}

export function zoneOf(account: Account): string {
  return account.premises[0]?.premise.timeZone ?? account.agreements[0]?.points[0]?.timeZone ?? 'UTC'
}

/** A superseded agreement whose end nobody recorded is billed until the next one at its points begins. */
function billedAgreement(agreement: ServiceAgreement, account: Account, now: number): BilledAccount['agreements'][number] {
  const { uuid, kind, from, ratePlan } = agreement
  const meters = [...new Set(agreement.points)].map(point => meterOf(point, now)).filter(isMeter)
  const until = agreement.until ?? (agreement.active ? undefined : nextStart(agreement, account))
  return {
    key: uuid,
    serviceType: kind,
    meters,
    rate: ratePlan === 'time-of-use' ? 'TIME_OF_USE' : 'FLAT',
    from,
    ...(until === undefined ? {} : { until }),
  }
}

function nextStart(agreement: ServiceAgreement, account: Account): number | undefined {
  const later = account.agreements.filter(
    ({ from, points }) => from > agreement.from && points.some(point => agreement.points.includes(point)),
  )
  return later.length === 0 ? undefined : Math.min(...later.map(({ from }) => from))
}

function isMeter(meter: Meter | undefined): meter is Meter {
  return meter !== undefined
}
