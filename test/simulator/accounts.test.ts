import { describe, expect, it } from '@jest/globals'
import { population } from '../../simulator/population/population.js'
import { accountOf, at, list, simulator } from './client.js'

const account = ['data', 'billingAccountsConnection', 'edges', 0, 'node'] as const

async function ask(login: string, selection: string, variables: object = {}, index = 0): Promise<unknown> {
  await using opower = await simulator()
  const own = population.accounts.filter(({ logins }) => logins.includes(login))
  const declared = selection.includes('$m') ? '($urns: [ID!], $m: String)' : '($urns: [ID!])'
  const query = `query ${declared} { billingAccountsConnection(byURNs: $urns) { edges { node { urn ${selection} } } } }`
  const { body } = await (await opower.hub()).ask(query, { urns: [own[index]?.urn], ...variables })
  expect(at(body, 'errors')).toBeUndefined()
  return at(body, ...account)
}

describe('agreements and points', () => {
  it('lists inactive agreements unless only active ones are asked for', async () => {
    const node = await ask(
      'carmen',
      'all: serviceAgreements { uuid } active: serviceAgreements(onlyActive: true) { uuid } page: serviceAgreementsConnection(onlyActive: true) { totalCount }',
      {},
      1,
    )
    expect(list(node, 'all')).toHaveLength(2)
    expect(list(node, 'active')).toHaveLength(1)
    expect(at(node, 'page', 'totalCount')).toBe(1)
  })

  it('folds a superseded agreement into its successor, which then reaches back', async () => {
    const node = await ask(
      'carmen',
      'plain: serviceAgreementsConnection { edges { node { uuid startDateTime } } } folded: serviceAgreementsConnection(aliased: true) { edges { node { uuid startDateTime mappedUtilityAccounts { uuid } } } }',
    )
    const [older, newer] = accountOf('carmen').agreements
    expect(list(node, 'plain', 'edges').map(edge => at(edge, 'node', 'startDateTime'))).toEqual([
      '2019-04-01T04:00:00Z',
      '2025-02-01T05:00:00Z',
    ])
    expect(list(node, 'folded', 'edges').map(edge => at(edge, 'node'))).toEqual([
      { uuid: newer?.uuid, startDateTime: '2019-04-01T04:00:00Z', mappedUtilityAccounts: [{ uuid: older?.uuid }, { uuid: newer?.uuid }] },
    ])
  })

  it('matches by uuid, and gives an empty connection for a uuid of another account', async () => {
    const selection = 'premisesConnection(matching: $m) { totalCount edges { node { uuid } } }'
    const own = accountOf('alice').premises[0]?.premise.uuid
    expect(at(await ask('alice', selection, { m: own }), 'premisesConnection', 'edges', 0, 'node', 'uuid')).toBe(own)
    const foreign = accountOf('bruno').premises[0]?.premise.uuid
    expect(at(await ask('alice', selection, { m: foreign }), 'premisesConnection')).toEqual({ totalCount: 0, edges: [] })
  })

  it('shows the same point on two edges, and cuts points at first and last', async () => {
    const node = await ask(
      'carmen',
      'serviceAgreementsConnection(onlyActive: true) { edges { node { servicePointsConnection { edges { node { uuid } } } one: servicePointsConnection(last: 1) { pageInfo { hasPreviousPage hasNextPage } edges { node { uuid } } } } } }',
    )
    const agreement = at(node, 'serviceAgreementsConnection', 'edges', 0, 'node')
    const [left, right] = list(agreement, 'servicePointsConnection', 'edges')
    expect(at(left, 'node', 'uuid')).toBe(at(right, 'node', 'uuid'))
    expect(at(agreement, 'one')).toMatchObject({ pageInfo: { hasPreviousPage: true, hasNextPage: false } })
  })

  it('leads from the premise of emil back to dora', async () => {
    const node = await ask('emil', 'premisesConnection { edges { mappedCustomer { urn } node { mappedSite { customer { uuid } } } } }')
    const edge = at(node, 'premisesConnection', 'edges', 0)
    expect(at(edge, 'mappedCustomer', 'urn')).toBe(accountOf('emil').customers[0]?.urn)
    expect(at(edge, 'node', 'mappedSite', 'customer', 'uuid')).toBe(accountOf('dora').customers[0]?.uuid)
  })

  it('knows an account with nothing to show', async () => {
    const node = await ask(
      'iris',
      'premisesConnection { edges { node { uuid } } } billForecast { timeInterval } serviceAgreements { servicePoints { registers { unitOfMeasure } premise { uuid } } }',
    )
    expect(node).toMatchObject({
      premisesConnection: { edges: [] },
      billForecast: null,
      serviceAgreements: [{ servicePoints: [{ registers: [], premise: null }] }],
    })
  })

  it('gives weather by dates, comparisons and the make-up of the neighbourhood', async () => {
    const node = await ask(
      'bruno',
      'premisesConnection { edges { neighbors { details { numberOfNeighbors } } elec: neighborComparisons(meterType: ELEC) { meterType } gas: neighborComparisons(meterType: GAS) { meterType } node { weather(weatherResolution: DAILY, intervals: ["2026-06-01/2026-06-30"], temperatureUnit: CELSIUS) { timeInterval meanTemperature { value unit } } } } }',
    )
    const edge = at(node, 'premisesConnection', 'edges', 0)
    expect(list(edge, 'node', 'weather')).toHaveLength(29)
    expect(at(edge, 'node', 'weather', 0, 'timeInterval')).toBe('2026-06-01/2026-06-02')
    expect(at(edge, 'elec', 0, 'meterType')).toBe('ELEC')
    expect(at(edge, 'gas', 0, 'meterType')).toBe('GAS')
  })
})

describe('bills and forecasts', () => {
  it('gives the newest bills, oldest first unless asked otherwise, and some periods twice', async () => {
    const node = await ask(
      'bruno',
      'up: bills(last: 12, orderBy: ASCENDING) { timeInterval } down: bills(last: 12, orderBy: DESCENDING) { timeInterval }',
    )
    const up = list(node, 'up').map(bill => String(at(bill, 'timeInterval')))
    expect(up).toHaveLength(12)
    expect(up).toEqual([...up].sort())
    expect(list(node, 'down').map(bill => String(at(bill, 'timeInterval')))).toEqual([...up].reverse())
    expect(new Set(up).size).toBeLessThan(12)
  })

  it('names each segment its own agreement, and the successor where that is asked', async () => {
    const node = await ask(
      'carmen',
      'bills(during: "2024-06-01/2024-09-01") { segments { plain: serviceAgreement { uuid } folded: serviceAgreement(aliased: true) { uuid } serviceQuantities { utilityServiceQuantityIdentifier } } }',
    )
    const [older, newer] = accountOf('carmen').agreements
    expect(list(node, 'bills').length).toBeGreaterThanOrEqual(3)
    expect(at(node, 'bills', 0, 'segments', 0)).toMatchObject({ plain: { uuid: older?.uuid }, folded: { uuid: newer?.uuid } })
    expect(JSON.stringify(node)).toContain(accountOf('carmen').canaries.bill)
  })

  it('ends the bills with the occupancy', async () => {
    const node = await ask('dora', 'bills { timeInterval }')
    expect(String(at(list(node, 'bills').at(-1), 'timeInterval'))).toMatch(/\/2026-04-01T04:00:00Z$/)
  })

  it('forecasts the bill in progress by agreement', async () => {
    const node = await ask(
      'bruno',
      'billForecast { timeInterval currentDateTime segments { serviceAgreement { uuid } soFarUsage { value unit } } }',
    )
    expect(at(node, 'billForecast', 'currentDateTime')).toBe('2026-11-01T17:00:00Z')
    expect(list(node, 'billForecast', 'segments').map(segment => at(segment, 'soFarUsage', 'unit'))).toEqual(['KWH', 'TH'])
  })
})
