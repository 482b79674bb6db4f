import type { SourceAccess } from '../plan/access-rules.js'

/** Opower's caps on `readStreams`, in absolute hours (Opower facts: limits). */
const belowADay = 720
const aYear = 365 * 24

const containment = { proof: 'containment' } as const
const occupied = { clip: 'object', field: 'timeInterval', by: 'occupancy' } as const
const granted = { clip: 'object', field: 'timeInterval', by: 'grant' } as const

/**
 * Whose data Opower's graph serves. The hub refuses nothing under a utility token, so these rules are all that
 * separates two customers.
 */
export const opowerAccess: SourceAccess = {
  source: 'Opower',
  roots: {
    'Query.billingAccountsConnection': 'accounts',
    'Query.billingAccountByAuthContext': 'account',
    'Query.viewer': 'viewer',
    'Viewer.accounts': 'accounts',
    'Viewer.account': 'account',
  },
  types: {
    Viewer: containment,
    BillingAccountConnection: containment,
    BillingAccountEdge: containment,
    BillingAccount: { proof: 'witness', path: ['urn'], kind: 'account' },
    PageInfo: containment,
    // Below an account its own list says who its customers are; anywhere else a customer must be one of them.
    MappedCustomer: { proof: 'witness', path: ['uuid'], kind: 'customer' },
    MappedSite: containment,
    MappedSiteCustomer: { proof: 'witness', path: ['uuid'], kind: 'customer' },
    PremiseConnection: containment,
    PremiseEdge: { proof: 'witness', path: ['node', 'uuid'], kind: 'premise' },
    Premise: { proof: 'witness', path: ['uuid'], kind: 'premise' },
    Address: containment,
    PremiseSegment: containment,
    KeyValue: containment,
    Weather: containment,
    Temperature: containment,
    Neighbors: containment,
    NeighborDetails: containment,
    NeighborComparison: containment,
    ServiceAgreementConnection: containment,
    ServiceAgreementEdge: containment,
    ServiceAgreement: { proof: 'witness', path: ['uuid'], kind: 'agreement' },
    MappedUtilityAccount: containment,
    SolarBillingModel: containment,
    RatePlan: containment,
    ConsumptionCategory: containment,
    ServicePointConnection: containment,
    ServicePointEdge: containment,
    ServicePoint: { proof: 'witness', path: ['uuid'], kind: 'point' },
    DeviceInstallation: containment,
    Device: containment,
    Register: containment,
    ReadStreams: containment,
    ReadStream: containment,
    ServiceQuantityRead: containment,
    RatedReadComponent: containment,
    Rate: containment,
    TimeOfUsePeriod: containment,
    IntervalReads: containment,
    MeasuredAmount: containment,
    MonetaryAmount: containment,
    Bill: containment,
    BillSegment: { proof: 'witness', path: ['serviceAgreement', 'uuid'], kind: 'agreement' },
    BilledServiceQuantity: containment,
    BillForecast: containment,
    BillForecastSegment: { proof: 'witness', path: ['serviceAgreement', 'uuid'], kind: 'agreement' },
  },
  arguments: {
    'Query.billingAccountsConnection(byURNs)': { chooses: 'account', foreign: 'refuse' },
    'Query.billingAccountsConnection(after)': { chooses: 'cursor' },
    'Query.billingAccountsConnection(before)': { chooses: 'cursor' },
    'Query.billingAccountByAuthContext(selectedAccount)': { chooses: 'account', foreign: 'refuse' },
    'Query.billingAccountByAuthContext(singlePremise)': { chooses: 'customer', foreign: 'refuse' },
    'Viewer.accounts(after)': { chooses: 'cursor' },
    'Viewer.accounts(before)': { chooses: 'cursor' },
    'Viewer.account(urn)': { chooses: 'account', foreign: 'refuse' },
    'BillingAccount.premisesConnection(matching)': { chooses: 'premise', foreign: 'empty' },
    'BillingAccount.premisesConnection(after)': { chooses: 'cursor' },
    'BillingAccount.premisesConnection(before)': { chooses: 'cursor' },
    'BillingAccount.serviceAgreementsConnection(matching)': { chooses: 'agreement', foreign: 'empty' },
    'BillingAccount.serviceAgreementsConnection(after)': { chooses: 'cursor' },
    'BillingAccount.serviceAgreementsConnection(before)': { chooses: 'cursor' },
    'BillingAccount.bills(during)': { chooses: 'time', by: 'grant' },
    'ServiceAgreement.servicePointsConnection(matching)': { chooses: 'point', foreign: 'empty' },
    'ServiceAgreement.servicePointsConnection(after)': { chooses: 'cursor' },
    'ServiceAgreement.servicePointsConnection(before)': { chooses: 'cursor' },
    'ServicePoint.readStreams(timeInterval)': {
      chooses: 'time',
      by: 'occupancy',
      cap: { argument: 'readResolution', hours: { HOUR: belowADay, HALF_HOUR: belowADay, QUARTER_HOUR: belowADay, DAY: aYear } },
    },
    // Never sent: the hub has no `intervalReads`.
    'ServicePoint.intervalReads(registerId)': { chooses: 'nothing' },
    'ServicePoint.intervalReads(serviceQuantityIdentifier)': { chooses: 'nothing' },
    'ServiceAgreement.intervalReads(serviceQuantityIdentifier)': { chooses: 'nothing' },
  },
  time: {
    ServiceQuantityRead: occupied,
    'PremiseEdge.neighborComparisons': occupied,
    'Register.availableReadsTimeInterval': { clip: 'interval', by: 'occupancy' },
    'ReadStreams.timeInterval': { clip: 'interval', by: 'occupancy' },
    'ServiceAgreement.availableBillSegmentsInterval': { clip: 'interval', by: 'grant' },
    Bill: granted,
    BillForecast: granted,
    'BillForecast.priorYearUsage': { clip: 'year-before' },
    'BillForecast.priorYearUsageCharges': { clip: 'year-before' },
    'BillForecastSegment.priorYearUsage': { clip: 'year-before' },
    'BillForecastSegment.priorYearUsageCharges': { clip: 'year-before' },
  },
  cursors: [
    'PageInfo.startCursor',
    'PageInfo.endCursor',
    'PremiseEdge.cursor',
    'ServiceAgreementEdge.cursor',
    'ServicePointEdge.cursor',
    'BillingAccountEdge.cursor',
  ],
  unavailable: ['ServicePoint.intervalReads', 'ServiceAgreement.intervalReads'],
}
