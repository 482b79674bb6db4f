import type { CacheRules } from '../cache/cache-rules.js'

const minutes = 60
const hours = 60 * minutes
const days = 24 * hours

/** How long Opower's data stays true: metadata for hours, what is still running for minutes, what is closed for days. */
export const opowerCacheRules: CacheRules = {
  'Query.billingAccountsConnection': { seconds: 4 * hours },
  'Query.billingAccountByAuthContext': { seconds: 4 * hours },
  'Query.viewer': { seconds: 4 * hours },
  'BillingAccount.serviceAgreements': { seconds: 1 * hours },
  'BillingAccount.serviceAgreementsConnection': { seconds: 1 * hours },
  // Verified reads grow by a day each night.
  'Register.availableReadsTimeInterval': { seconds: 15 * minutes },
  'ServicePoint.readStreams': { settles: 'timeInterval', settledSeconds: 7 * days, seconds: 5 * minutes },
  'BillingAccount.bills': { settles: 'during', settledSeconds: 7 * days, seconds: 1 * hours },
  'BillingAccount.billForecast': { seconds: 5 * minutes },
  'Premise.weather': { seconds: 1 * hours },
  'PremiseEdge.neighbors': { seconds: 4 * hours },
  'PremiseEdge.neighborComparisons': { seconds: 4 * hours },
}
