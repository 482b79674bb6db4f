/** One operation as a real client sends it: its variables but for ids, which a test fills in. */
export interface ClientOperation {
  readonly name: string
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  /** Ids that the operation needs beside these variables. */
  readonly needs: readonly ('selectedAccount' | 'customerUrn' | 'saUuid' | 'spUuid' | 'premiseUuid')[]
  /** The edge alone has what it asks for. */
  readonly edgeOnly?: boolean
}

const points = 'servicePointsConnection(first: 25) { pageInfo { hasNextPage } edges { node { uuid utilityId serviceType } } }'

/** Written anew after what widgets and client libraries are known to ask for. */
export const clientOperations: readonly ClientOperation[] = [
  {
    name: 'WBAS_BillingAccounts',
    query: `query WBAS_BillingAccounts($first: Int, $after: String, $byURNs: [ID!], $onlyActive: Boolean) {
      billingAccountsConnection(byURNs: $byURNs, first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { node {
          mappedCustomers { urn uuid id utilityCustomerId utilityInternalId utilityInternalId2 accountNumber }
          name urn utilityCode utilityId uuid customerClass
          serviceAgreementsConnection(first: 1, onlyActive: $onlyActive) { totalCount }
        } }
      } }`,
    variables: { first: 100, onlyActive: true },
    needs: [],
  },
  {
    name: 'WRTAMI_GetTopology',
    query: `query WRTAMI_GetTopology($first: Int, $onlyActive: Boolean) {
      billingAccountsConnection(first: $first) { pageInfo { hasNextPage } edges { node {
        uuid utilityId
        serviceAgreementsConnection(first: 100, onlyActive: $onlyActive) { pageInfo { hasNextPage } edges { node { uuid utilityId serviceType ${points} } } }
      } } } }`,
    variables: { first: 100, onlyActive: true },
    needs: [],
  },
  {
    name: 'GetBillingAccountsForBills',
    query: `query GetBillingAccountsForBills($first: Int, $onlyActive: Boolean) {
      billingAccountsConnection(first: $first) { edges { node {
        urn uuid accountNumber utilityId serviceAgreementsConnection(first: 25, onlyActive: $onlyActive) { edges { node { serviceType } } }
      } } } }`,
    variables: { first: 100, onlyActive: true },
    needs: [],
  },
  {
    name: 'WDB_GetMetadata',
    query: `query WDB_GetMetadata($first: Int, $last: Int, $aliased: Boolean, $onlyActive: Boolean, $forceLegacyData: Boolean) {
      billingAccountByAuthContext(forceLegacyData: $forceLegacyData) {
        customerClass uuid
        serviceAgreementsConnection(first: $first, onlyActive: $onlyActive, aliased: $aliased) { edges { node {
          uuid serviceType ratePlan { code currentRatePlan rateTags }
          servicePointsConnection(last: $last) { edges { node {
            uuid premise { timeZone }
            registers { readResolution availableReadsTimeInterval serviceQuantityIdentifier unitOfMeasure }
          } } }
        } } }
      } }`,
    variables: { first: 75, last: 50, aliased: false, forceLegacyData: true },
    needs: [],
  },
  {
    name: 'WRTAMI_GetMetadata',
    query: `query WRTAMI_GetMetadata($selectedAccount: ID, $forceLegacyData: Boolean) {
      billingAccountByAuthContext(selectedAccount: $selectedAccount, forceLegacyData: $forceLegacyData) {
        urn utilityId
        premisesConnection(first: 100) { edges { node { uuid } } }
        serviceAgreementsConnection(onlyActive: true) { edges { node { uuid servicePointsConnection { edges { node {
          uuid premise { uuid timeZone } registers { readResolution availableReadsTimeInterval }
        } } } } } }
      } }`,
    variables: { forceLegacyData: false },
    needs: ['selectedAccount'],
  },
  {
    name: 'OpowerRegisterReads',
    query: `query OpowerRegisterReads($customerUrn: ID, $spUuid: String, $timeInterval: TimeInterval, $resolution: ReadResolution) {
      billingAccountByAuthContext(singlePremise: $customerUrn) {
        serviceAgreementsConnection(onlyActive: true) { edges { node { servicePointsConnection(matching: $spUuid) { edges { node {
          readStreams(timeInterval: $timeInterval, readResolution: $resolution) {
            energyDelivered { reads { timeInterval measuredAmount { value } } }
            energyReceived { reads { timeInterval measuredAmount { value } } }
          }
        } } } } } }
      } }`,
    variables: { timeInterval: '2026-03-01T00:00:00-08:00/2026-03-30T00:00:00-07:00', resolution: 'HOUR' },
    needs: ['customerUrn', 'spUuid'],
  },
  {
    name: 'WDB_GetUsageReads',
    query: `query WDB_GetUsageReads($selectedAccount: ID, $saUuid: String, $spUuid: String, $timeInterval: TimeInterval, $resolution: ReadResolution, $aliased: Boolean, $includeReadStreams: Boolean!) {
      billingAccountByAuthContext(selectedAccount: $selectedAccount) {
        serviceAgreementsConnection(matching: $saUuid, aliased: $aliased) { edges { node { servicePointsConnection(matching: $spUuid) { edges { node {
          readStreams(timeInterval: $timeInterval, readResolution: $resolution, includePeakTimeRebates: true) @include(if: $includeReadStreams) {
            timeInterval
            rates { rateType tier costPerUnit { value } activationDate inactivationDate timeOfUsePeriod { label timeOfUse season times } }
            netUsage { serviceQuantityIdentifier unit isOpowerDerived registerId reads {
              readType timeInterval measuredAmount { value unit } monetaryAmount { value currency } rebateAmount { value }
              isPeakPeriod ratedReadComponents { measuredAmount { value } monetaryAmount { value } costPerUnit { value } attributes { key value } }
            } }
            demand { unit reads { isMaximum } }
          }
        } } } } } }
      } }`,
    variables: {
      timeInterval: '2026-07-06T00:00:00-04:00/2026-07-13T00:00:00-04:00',
      resolution: 'HOUR',
      aliased: false,
      includeReadStreams: true,
    },
    needs: ['selectedAccount', 'saUuid', 'spUuid'],
  },
  {
    name: 'WRTAMI_GetRegisterUsage',
    query: `query WRTAMI_GetRegisterUsage($selectedAccount: ID, $saUuid: String, $spUuid: String, $registerId: ID, $timeInterval: TimeInterval) {
      billingAccountByAuthContext(selectedAccount: $selectedAccount) {
        serviceAgreementsConnection(onlyActive: true, matching: $saUuid) { edges { node { servicePointsConnection(matching: $spUuid) { edges { node {
          intervalReads(registerId: $registerId, units: [KWH], serviceQuantityIdentifier: [NET_USAGE], timeInterval: $timeInterval, onlyUnverifiedStreams: true) {
            unit registerId reads { timeInterval readType measuredAmount { value unit } }
          }
        } } } } } }
      } }`,
    variables: { registerId: 'KWH:NET_USAGE', timeInterval: '2026-10-31T00:00:00Z/2026-11-01T00:00:00Z' },
    needs: ['selectedAccount', 'saUuid', 'spUuid'],
    edgeOnly: true,
  },
  {
    name: 'GetBillForecast',
    query: `query GetBillForecast { billingAccountsConnection(first: 100) { edges { node { billForecast {
      timeInterval currentDateTime
      segments {
        serviceAgreement { uuid serviceType }
        estimatedUsage { value unit } estimatedUsageCharges { value currency }
        soFarUsage { value unit } soFarUsageCharges { value currency }
        priorYearUsage { value unit } priorYearUsageCharges { value currency }
      }
    } } } } }`,
    variables: {},
    needs: [],
  },
  {
    name: 'WDB_GetWeather',
    query: `query WDB_GetWeather($selectedAccount: ID, $premiseUuid: String, $timeInterval: [TimeInterval], $unit: TemperatureUnit, $weatherResolution: WeatherResolutionType) {
      billingAccountByAuthContext(selectedAccount: $selectedAccount) { premisesConnection(matching: $premiseUuid) { edges { node {
        weather(weatherResolution: $weatherResolution, intervals: $timeInterval, temperatureUnit: $unit) {
          timeInterval minTemperature { value } meanTemperature { value unit } maxTemperature { value }
        }
      } } } } }`,
    variables: { unit: 'FAHRENHEIT', timeInterval: ['2026-06-01/2026-06-30'], weatherResolution: 'DAILY' },
    needs: ['selectedAccount', 'premiseUuid'],
  },
  {
    name: 'WNC_GetNeighborComparisons',
    query: `query WNC_GetNeighborComparisons($selectedAccount: ID) {
      billingAccountByAuthContext(selectedAccount: $selectedAccount) {
        premisesConnection(first: 100) { edges {
          neighbors { details { heatingType dwellingType averageLivingArea { value unit } numberOfNeighbors } }
          elec: neighborComparisons(meterType: ELEC) { timeInterval youUsage { value } averageOfAllNeighborsUsage { value } }
          gas: neighborComparisons(meterType: GAS) { timeInterval youUsage { value } }
          combined: neighborComparisons(meterType: COMBINED) { timeInterval youUsage { value } }
        } }
        bills(last: 1) { all: neighborComparison { youUsage { value } } gas: neighborComparison(serviceType: GAS) { youUsage { value } } }
      } }`,
    variables: {},
    needs: ['selectedAccount'],
  },
  {
    name: 'WDB_GetBills',
    query: `query WDB_GetBills($selectedAccount: ID, $last: Int, $aliased: Boolean) {
      billingAccountByAuthContext(selectedAccount: $selectedAccount) { bills(last: $last, orderBy: ASCENDING, preserveDuplicateSegments: true) {
        timeInterval
        consumptionCategories { name ratio usage { value unit } }
        segments {
          usageInterval estimated serviceAgreement(aliased: $aliased) { uuid serviceType }
          serviceQuantities { unit serviceQuantityIdentifier serviceQuantity { value unit } }
          usageCharges { value } currentAmount { value } deferredNEMCharges { value } totalNEMCharges { value }
          energyPurchased { value } energySold { value } rolloverBalanceEarned { value } rolloverBalanceUsed { value } totalEnergyCosts { value }
        }
      } } }`,
    variables: { last: 36, aliased: true },
    needs: ['selectedAccount'],
  },
  {
    name: 'WUE_GetUsageExportBills',
    query: `query WUE_GetUsageExportBills($selectedAccount: ID, $last: Int, $timeInterval: TimeInterval) {
      billingAccountByAuthContext(selectedAccount: $selectedAccount) { bills(during: $timeInterval, last: $last, orderBy: ASCENDING) { timeInterval } } }`,
    variables: { last: 39, timeInterval: '2025-01-01T00:00:00Z/2026-10-01T00:00:00Z' },
    needs: ['selectedAccount'],
  },
]
