import type { CacheRules } from '../cache/cache-rules.js'

/** How long the answers of the utility's own sources stay true, in seconds. Reports and appointments are never kept. */
export const sourceCacheRules: CacheRules = {
  'Query.tariffPlans': { seconds: 3_600 },
  'Query.tariffPlan': { seconds: 3_600 },
  'Query.tariffPlansByCode': { seconds: 3_600 },
  'Query.areaOutages': { seconds: 60 },
  'Query.outages': { seconds: 60 },
  'Query.billingLedgers': { seconds: 60 },
  'BillingAccount.balance': { seconds: 60 },
  'BillingAccount.payments': { seconds: 60 },
  'BillingAccount.billing': { seconds: 60 },
  'Premise.outages': { seconds: 60 },
  'ServiceAgreement.tariff': { seconds: 3_600 },
}
