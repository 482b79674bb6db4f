import type { CacheRules } from '../cache/cache-rules.js'

const minutes = 60
const hours = 60 * minutes
const days = 24 * hours

/** Names, addresses, meters: changed by people, now and then. */
const metadata = { tag: 'account', seconds: 4 * hours, staleWhileRevalidate: 4 * hours, staleIfError: 3 * days }
const agreements = { tag: 'agreements', seconds: 1 * hours, staleWhileRevalidate: 1 * hours, staleIfError: 1 * days }
/** Grows while it is looked at. */
const running = { tag: 'forecast', seconds: 5 * minutes, staleWhileRevalidate: 5 * minutes, staleIfError: 6 * hours }

/** How long Opower's data stays true: metadata for hours, what is still running for minutes, what is closed for days. */
export const opowerCacheRules: CacheRules = {
  'Query.billingAccountsConnection': metadata,
  'Query.billingAccountByAuthContext': metadata,
  'Query.viewer': metadata,
  'BillingAccount.serviceAgreements': agreements,
  'BillingAccount.serviceAgreementsConnection': agreements,
  // Verified reads grow by a day each night.
  'Register.availableReadsTimeInterval': {
    tag: 'registers',
    seconds: 15 * minutes,
    staleWhileRevalidate: 15 * minutes,
    staleIfError: 1 * days,
  },
  'ServicePoint.readStreams': {
    tag: 'reads',
    settles: 'timeInterval',
    settledSeconds: 7 * days,
    seconds: 5 * minutes,
    staleWhileRevalidate: 10 * minutes,
    staleIfError: 1 * days,
  },
  'BillingAccount.bills': {
    tag: 'bills',
    settles: 'during',
    settledSeconds: 7 * days,
    seconds: 1 * hours,
    staleWhileRevalidate: 1 * hours,
    staleIfError: 3 * days,
  },
  'BillingAccount.billForecast': running,
  'Premise.weather': { tag: 'weather', seconds: 1 * hours, staleWhileRevalidate: 1 * hours, staleIfError: 1 * days },
  'PremiseEdge.neighbors': { ...metadata, tag: 'neighbors' },
  'PremiseEdge.neighborComparisons': { ...metadata, tag: 'neighbors' },
}
