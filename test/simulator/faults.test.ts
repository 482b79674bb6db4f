import { describe, expect, it } from '@jest/globals'
import { population } from '../../simulator/population/population.js'
import { reportOf } from '../../simulator/population/report.js'
import { accountOf, at, list, simulator } from './client.js'

const small = '{ billingAccountsConnection(first: 1) { totalCount } }'
const alice = accountOf('alice')
const own = new Set(reportOf(population).accounts.find(({ urn }) => urn === alice.urn)?.canaries)
const foreignCanaries = [...new Set(reportOf(population).accounts.flatMap(({ canaries }) => canaries))].filter(canary => !own.has(canary))

const whole = `query ($urns: [ID!]) { billingAccountsConnection(byURNs: $urns) { edges { node { urn name
  bills(last: 2) { segments { serviceAgreement { uuid } serviceQuantities { utilityServiceQuantityIdentifier } } }
  premisesConnection { edges { node { uuid name } } }
  billForecast { timeInterval }
  serviceAgreementsConnection { edges { node { uuid servicePointsConnection { edges { node { uuid premise { name }
    readStreams(timeInterval: "2026-10-01T00:00:00Z/2026-10-08T00:00:00Z", readResolution: HOUR) { netUsage { reads { measuredAmount { value } } } } } } } } } } } } } }`

describe('faults', () => {
  it('strike as asked, and stop when they are cleared', async () => {
    await using opower = await simulator()
    const hub = await opower.hub()
    const during = async (faults: object) => {
      expect((await opower.control('POST', 'faults', faults)).status).toBe(200)
      return hub.ask(small)
    }
    expect(await during({ status: { code: 502, rate: 1 } })).toMatchObject({ status: 502 })
    expect(await during({ html: { rate: 1 } })).toMatchObject({ status: 200, text: expect.stringContaining('<html>') })
    expect((await during({ truncated: true })).text).toMatch(/^\{"data"[^}]*$/)
    expect((await during({ nullRoot: { rate: 1 } })).body).toEqual({ data: { billingAccountsConnection: null } })
    await expect(during({ down: {} })).rejects.toThrow()
    await expect(during({ reset: { rate: 1 } })).rejects.toThrow()
    expect(await during({})).toMatchObject({ status: 200, body: { data: expect.anything() } })
  })

  it('make an answer slow by at least what was asked', async () => {
    await using opower = await simulator()
    const hub = await opower.hub()
    await opower.control('POST', 'faults', { slow: { ms: 60 } })
    const before = performance.now()
    await hub.ask(small)
    expect(performance.now() - before).toBeGreaterThanOrEqual(55)
  })

  it('fail the forecast beside good data, in a text that names the account', async () => {
    await using opower = await simulator()
    await opower.control('POST', 'faults', { partial: { rate: 1 } })
    const { status, body } = await (await opower.hub()).ask(whole, { urns: [alice.urn] })
    expect(status).toBe(200)
    expect(at(body, 'errors', 0)).toMatchObject({
      extensions: { classification: 'DataFetchingException' },
      path: ['billingAccountsConnection', 'edges', 0, 'node', 'billForecast'],
    })
    expect(at(body, 'errors', 0, 'message')).toContain(alice.canaries.error)
    expect(at(body, 'data', 'billingAccountsConnection', 'edges', 0, 'node')).toMatchObject({ billForecast: null, name: alice.name })
  })

  it('count calls always and refuse them above the limits that are set', async () => {
    await using opower = await simulator()
    const hub = await opower.hub()
    await opower.control('POST', 'faults', { limits: { perSecond: 1000, perDay: 2 } })
    const statuses = [await hub.ask(small), await hub.ask(small), await hub.ask(small)].map(({ status }) => status)
    expect(statuses).toEqual([200, 200, 429])
    expect(at((await opower.control('GET', 'calls')).body, 'limits', 'nved')).toMatchObject({ today: 3, refused: 1 })
  })

  it('let exactly so many calls a second through', async () => {
    await using opower = await simulator()
    const hub = await opower.hub()
    await opower.control('POST', 'faults', { limits: { perSecond: 3 } })
    const answers = await Promise.all(Array.from({ length: 6 }, () => hub.ask(small)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429, 429])
  })

  it('put nothing foreign into an answer unless that is asked', async () => {
    await using opower = await simulator()
    const { text, body } = await (await opower.hub()).ask(whole, { urns: [alice.urn] })
    expect(at(body, 'errors')).toBeUndefined()
    expect(foreignCanaries.filter(canary => text.includes(canary))).toEqual([])
    expect([...own].filter(canary => text.includes(canary)).sort()).toEqual(
      [alice.canaries.name, alice.canaries.bill, alice.canaries.reads, alice.premises[0]?.premise.canary].sort(),
    )
  })

  it.each(['node', 'edge', 'segment', 'premise', 'point', 'error'])('put foreign data at one kind of place: %s', async place => {
    await using opower = await simulator()
    const hub = await opower.hub()
    const query = { urns: [alice.urn] }
    const { body: clean } = await hub.ask(whole, query)
    await opower.control('POST', 'faults', { foreign: [place] })
    const { body, text } = await hub.ask(whole, query)
    expect(foreignCanaries.some(canary => text.includes(canary))).toBe(true)
    expect(withoutPlace(body, place)).toEqual(withoutPlace(clean, place))
  })
})

const node = ['data', 'billingAccountsConnection', 'edges', 0, 'node'] as const
const places: Readonly<Record<string, readonly (string | number)[]>> = {
  node,
  edge: ['data', 'billingAccountsConnection', 'edges', 1],
  segment: [...node, 'bills', 0, 'segments', 1],
  premise: [...node, 'premisesConnection', 'edges', 0, 'node'],
  point: [...node, 'serviceAgreementsConnection', 'edges', 0, 'node', 'servicePointsConnection', 'edges', 0, 'node'],
  error: ['errors'],
}

/** The answer with one place cut out of it. */
function withoutPlace(body: unknown, place: string): unknown {
  const copy: unknown = structuredClone(body)
  const path = places[place] ?? []
  const parent = at(copy, ...path.slice(0, -1))
  const last = path.at(-1)
  if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else if (typeof parent === 'object' && parent !== null && last !== undefined) Reflect.deleteProperty(parent, last)
  return copy
}

describe('alias bleed', () => {
  const aliases = `query ($urns: [ID!]) { billingAccountsConnection(byURNs: $urns) { edges { node { serviceAgreements { servicePoints {
    early: readStreams(timeInterval: "2026-07-01T00:00:00Z/2026-07-01T01:00:00Z", readResolution: HOUR) { netUsage { reads { timeInterval } } energyDelivered { reads { timeInterval } } }
    late: readStreams(timeInterval: "2026-08-01T00:00:00Z/2026-08-01T01:00:00Z", readResolution: HOUR) { netUsage { reads { timeInterval } } energyDelivered { reads { timeInterval } } }
  } } } } } }`
  const point = ['data', 'billingAccountsConnection', 'edges', 0, 'node', 'serviceAgreements', 0, 'servicePoints', 0] as const
  const monthOf = (body: unknown, alias: string, stream: string) =>
    String(at(list(body, ...point, alias, stream, 0, 'reads')[0], 'timeInterval')).slice(5, 7)

  it.each([
    ['off', { early: ['07', '07'], late: ['08', '08'] }],
    ['last', { early: ['08', '08'], late: ['08', '08'] }],
    ['mixed', { early: ['08', '07'], late: ['08', '07'] }],
  ])('%s gives net and delivered of these months', async (strength, expected) => {
    await using opower = await simulator()
    await opower.control('POST', 'faults', { aliasBleed: strength })
    const { body } = await (await opower.hub()).ask(aliases, { urns: [accountOf('sol').urn] })
    const months = (alias: string) => [monthOf(body, alias, 'netUsage'), monthOf(body, alias, 'energyDelivered')]
    expect({ early: months('early'), late: months('late') }).toEqual(expected)
  })
})
