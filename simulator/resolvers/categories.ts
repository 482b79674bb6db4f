import type { Account, ServiceAgreement } from '../population/types.js'
import { categoriesOf } from '../series/categories.js'
import type { BillSegmentData } from '../series/types.js'
import { measured } from './amounts.js'
import type { Ask } from './ask.js'
import { billsFor } from './billing.js'

/** What one agreement's usage of its newest bill was for; empty before the first bill. */
export function latestCategories(agreement: ServiceAgreement, account: Account, ask: Ask): readonly object[] {
  const segments = billsFor(account, {}, ask).flatMap(bill => bill.segments)
  const newest = segments.findLast(({ agreementKey }) => agreementKey === agreement.uuid)
  return newest === undefined ? [] : categoriesIn(newest, account)
}

export function categoriesIn(segment: BillSegmentData, account: Account): readonly object[] {
  const used = segment.quantities.find(({ quantity }) => quantity !== 'RECEIVED')
  const kind = segment.unit === 'KWH' ? 'ELECTRICITY' : 'GAS'
  const parts = categoriesOf(`${account.uuid}:${segment.key}`, kind, used?.micro ?? 0)
  return parts.map(({ name, ratio, usage }) => ({ name, ratio, usage: measured(usage, segment.unit) }))
}
