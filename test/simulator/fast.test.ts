import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { population } from '../../simulator/population/population.js'
import type { Answer, TestSimulator } from './client.js'
import { at, simulator } from './client.js'

const query =
  'query Forecast($urns: [ID!]) { billingAccountsConnection(byURNs: $urns) { edges { node { urn billForecast { currentDateTime } } } } }'
const urnAt = (place: number): string | undefined => population.accounts[place]?.urn

let opower: TestSimulator
beforeAll(async () => {
  opower = await simulator({ profile: 'fast' })
})
afterEach(async () => void (await opower.control('POST', 'faults', {})))
afterAll(async () => opower[Symbol.asyncDispose]())

const ask = async (place: number): Promise<Answer> => (await opower.hub()).ask(query, { urns: [urnAt(place)] })

describe('the fast profile', () => {
  it('makes an answer once and gives the very bytes again, to each question its own', async () => {
    const [first, other] = [await ask(0), await ask(1)]
    expect(at(first.body, 'data', 'billingAccountsConnection', 'edges', 0, 'node', 'urn')).toBe(urnAt(0))
    expect(other.text).not.toBe(first.text)
    expect(await ask(0)).toEqual(first)
  })

  it('tells the new time once the clock was set', async () => {
    const before = await ask(0)
    await opower.control('POST', 'clock', { now: '2026-11-02T12:00:00Z' })
    expect((await ask(0)).text).not.toBe(before.text)
  })

  it('refuses whoever has no token, also what it would remember', async () => {
    await ask(0)
    await opower.control('POST', 'tokens/revoke')
    const hub = await opower.hub()
    expect((await hub.ask(query, { urns: [urnAt(0)] })).status).toBe(200)
    await opower.control('POST', 'tokens/revoke')
    expect((await hub.ask(query, { urns: [urnAt(0)] })).status).toBe(401)
  })

  it('counts and logs what it gave from memory, with query and variables', async () => {
    await ask(2)
    await opower.control('DELETE', 'calls')
    await ask(2)
    expect((await opower.control('GET', 'calls')).body).toMatchObject({
      graphql: 1,
      log: [{ kind: 'token' }, { face: 'hub', query, variables: { urns: [urnAt(2)] }, status: 200 }],
      limits: { nved: { today: 1 } },
    })
  })

  it('goes wrong as it is told, though it remembers better', async () => {
    const well = await ask(0)
    await opower.control('POST', 'faults', { status: { code: 502 } })
    expect((await ask(0)).status).toBe(502)
    await opower.control('POST', 'faults', {})
    expect(await ask(0)).toEqual(well)
  })
})
