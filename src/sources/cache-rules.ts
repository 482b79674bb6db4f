import type { CacheRules } from '../cache/cache-rules.js'
import type { CacheChanges } from '../cache/tags.js'

const minutes = 60
const hours = 60 * minutes

const tariffs = { tag: 'tariffs', seconds: 1 * hours, staleWhileRevalidate: 1 * hours, staleIfError: 24 * hours }
/** Who looks whether the power is back wants to know now; an old word is better than none only for a few minutes. */
const outages = { tag: 'outages', seconds: 1 * minutes, staleIfError: 5 * minutes }
/** A payment that was just made must show, so nothing old is given while the books can be asked. */
const books = { tag: 'billing', seconds: 1 * minutes, staleIfError: 15 * minutes }

/** How long the answers of the utility's own sources stay true, in seconds. Reports and appointments are never kept. */
export const sourceCacheRules: CacheRules = {
  'Query.tariffPlans': tariffs,
  'Query.tariffPlan': tariffs,
  'Query.tariffPlansByCode': tariffs,
  'Query.areaOutages': outages,
  'Query.outages': outages,
  'Query.billingLedgers': books,
  'BillingAccount.balance': books,
  'BillingAccount.payments': books,
  'BillingAccount.billing': books,
  'BillingAccount.serviceOrders': { seconds: 0 },
  'Premise.outages': outages,
  'ServiceAgreement.tariff': tariffs,
}

/** A report may show among the outages at once. Other mutations change nothing that is kept. */
export const sourceChanges: CacheChanges = { 'Mutation.reportOutage': ['outages'] }
