// What is asked of every contender, in the same words. Each operation is a page of one or more requests that are sent at once.
// `customer` is an account of the population with a session; `slot` numbers the different questions that one customer may ask.
const day = 86_400_000

/** The first of the month before last: by then the reads of it, and of all before it, are settled. */
const today = new Date()
const settled = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - 1, 1)

const iso = ms => new Date(ms).toISOString().replace('.000Z', 'Z')
const interval = (from, until) => `${iso(from)}/${iso(until)}`

/** Stretches of 30 days, the longest that may be asked for below a day, without an overlap. */
const stretch = slot => interval(settled - (slot + 1) * 30 * day, settled - slot * 30 * day)

const accounts = `query Accounts($urns: [ID!], $first: Int!) {
  billingAccountsConnection(byURNs: $urns, first: $first) {
    totalCount
    pageInfo { hasNextPage }
    edges { node { urn uuid name utilityCode customerClass accountNumber
      serviceAgreements { uuid serviceType } } }
  }
}`

const bills = `query Bills($account: ID, $during: TimeInterval) {
  billingAccountByAuthContext(selectedAccount: $account) {
    urn name
    bills(during: $during, orderBy: DESCENDING) {
      urn timeInterval
      segments {
        urn usageInterval estimated
        serviceAgreement { uuid serviceType }
        serviceQuantities { utilityServiceQuantityIdentifier serviceQuantity { value unit } }
        usageCharges { value } currentAmount { value currency }
      }
    }
  }
}`

const reads = (name, by, fields) => `query ${name}($account: ID, $during: TimeInterval) {
  billingAccountByAuthContext(selectedAccount: $account) {
    urn
    serviceAgreements { uuid servicePoints { uuid
      readStreams(timeInterval: $during, readResolution: ${by}) { timeInterval netUsage { unit reads { ${fields} } } } } }
  }
}`

const month = reads('Month', 'HOUR', 'timeInterval measuredAmount { value unit }')
const quarterHours = reads('QuarterHours', 'QUARTER_HOUR', 'timeInterval measuredAmount { value unit }')

/** The same as somebody must ask it where nothing splits a long chart: each stretch under a name of its own. */
const apart = count => {
  const places = Array.from({ length: count }, (_, at) => at)
  return `query QuarterHours($account: ID, ${places.map(at => `$during${at}: TimeInterval`).join(', ')}) {
  billingAccountByAuthContext(selectedAccount: $account) {
    urn
    serviceAgreements { uuid servicePoints { uuid
      ${places.map(at => `s${at}: readStreams(timeInterval: $during${at}, readResolution: QUARTER_HOUR) { timeInterval netUsage { unit reads { timeInterval measuredAmount { value unit } } } }`).join('\n      ')} } }
  }
}`
}

const forecast = `query Forecast($account: ID) {
  billingAccountByAuthContext(selectedAccount: $account) {
    billForecast { timeInterval soFarUsage { value unit } estimatedUsage { value unit } estimatedUsageCharges { value }
      segments { serviceAgreement { uuid serviceType } soFarUsageCharges { value } } }
  }
}`
const weather = `query Weather($account: ID, $during: [TimeInterval]) {
  billingAccountByAuthContext(selectedAccount: $account) {
    premisesConnection { edges { node { uuid weather(weatherResolution: DAILY, intervals: $during, temperatureUnit: FAHRENHEIT) { timeInterval meanTemperature { value } } } } }
  }
}`
const places = `query Places($account: ID) {
  billingAccountByAuthContext(selectedAccount: $account) {
    name serviceAgreements { uuid serviceType startDateTime ratePlan { code } servicePoints { uuid serviceType } }
  }
}`

/** Five sources in one operation: Opower, billing, outages and tariffs joined to the account, and the field service beside it. */
const dashboard = slot => `query Dashboard${slot}($account: ID, $person: [ID!]) {
  billingAccountByAuthContext(selectedAccount: $account) {
    urn name
    balance { amount currency }
    premisesConnection(first: 5) { edges { node { uuid outages { outageId status } } } }
    serviceAgreements(onlyActive: true) { uuid serviceType ratePlan { code } tariff { code name prices { amount } } }
  }
  serviceAppointments(customerIds: $person) { appointmentId status }
}`

/** Seven months: six or seven bills. A day more or less changes the question and hardly the answer. */
const billTime = slot => interval(settled - (200 + slot) * day, settled - slot * day)

const longChart = stretches => ({
  bodies({ urn }, slot, splits) {
    const until = settled - (slot % 3) * stretches * 30 * day
    const from = until - stretches * 30 * day
    if (splits) return [{ query: quarterHours, variables: { account: urn, during: interval(from, until) } }]
    const parts = Array.from({ length: stretches }, (_, at) => [`during${at}`, interval(from + at * 30 * day, from + (at + 1) * 30 * day)])
    return [{ query: apart(stretches), variables: { account: urn, ...Object.fromEntries(parts) } }]
  },
})

export const operations = {
  accounts: {
    title: 'account list',
    slots: 60,
    connections: 16,
    bodies: ({ urn }, slot) => [{ query: accounts, variables: { urns: [urn], first: slot + 1 } }],
  },
  bills: {
    title: 'bills, 5 KB',
    slots: 60,
    connections: 16,
    bodies: ({ urn }, slot) => [{ query: bills, variables: { account: urn, during: billTime(slot) } }],
  },
  month: {
    title: 'month of hours, 78 KB',
    slots: 20,
    connections: 16,
    bodies: ({ urn }, slot) => [{ query: month, variables: { account: urn, during: stretch(slot) } }],
  },
  long: { title: '120 days of quarter-hours, 1.3 MB', slots: 3, connections: 4, ...longChart(4) },
  year: { title: 'a year of quarter-hours', isExtra: true, slots: 1, connections: 2, ...longChart(12) },
  page: {
    title: 'page of six widgets',
    slots: 20,
    connections: 4,
    bodies: ({ urn }, slot) => [
      { query: accounts, variables: { urns: [urn], first: slot + 1 } },
      { query: bills, variables: { account: urn, during: billTime(slot) } },
      { query: month, variables: { account: urn, during: stretch(slot) } },
      { query: forecast.replace('Forecast(', `Forecast${slot}(`), variables: { account: urn } },
      { query: weather, variables: { account: urn, during: [stretch(slot)] } },
      { query: places.replace('Places(', `Places${slot}(`), variables: { account: urn } },
    ],
  },
  dashboard: {
    title: 'dashboard of five sources with joins',
    slots: 20,
    connections: 8,
    needsSources: true,
    bodies: ({ urn, person }, slot) => [{ query: dashboard(slot), variables: { account: urn, person: [person] } }],
  },
}
