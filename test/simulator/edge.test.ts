import { describe, expect, it } from '@jest/globals'
import { population } from '../../simulator/population/population.js'
import { accountOf, at, list, simulator } from './client.js'

const urns = '{ billingAccountsConnection { edges { node { urn } } } }'
const edgePath = '/ei/edge/apis/dsm-graphql-v1/cws/graphql'

function urnsIn(body: unknown): unknown[] {
  return list(body, 'data', 'billingAccountsConnection', 'edges').map(edge => at(edge, 'node', 'urn'))
}

const carmens = population.customers.find(({ login }) => login === 'carmen')?.accountUrns ?? []
const shop = population.accounts.find(({ urn }) => urn === carmens[1])

describe('the edge', () => {
  it('sees the accounts of the login and nobody else', async () => {
    await using opower = await simulator()
    const carmen = await opower.edge('carmen')
    expect(urnsIn((await carmen.ask(urns)).body)).toEqual(carmens)
    const foreign =
      'query ($u: [ID!], $a: ID) { billingAccountsConnection(byURNs: $u) { edges { node { urn } } } billingAccountByAuthContext(selectedAccount: $a) { urn } }'
    const { body } = await carmen.ask(foreign, { u: [accountOf('alice').urn], a: accountOf('alice').urn })
    expect(body).toEqual({ data: { billingAccountsConnection: { edges: [] }, billingAccountByAuthContext: null } })
  })

  it.each([
    ['a customer URN in a JSON array', JSON.stringify([shop?.customers[0]?.urn])],
    ['an external entity', JSON.stringify([`urn:external:opower:entity:id:${shop?.utilityId}`])],
    ['session entries with a provider', JSON.stringify([`urn:session:account:${shop?.utilityId}`, 'urn:session:account:provider:dsst'])],
    ['a bare account URN', carmens[1] ?? ''],
  ])('is narrowed by the entities header: %s', async (_, header) => {
    await using opower = await simulator()
    const carmen = await opower.edge('carmen')
    expect(urnsIn((await carmen.ask(urns, {}, { 'opower-selected-entities': header })).body)).toEqual([carmens[1]])
    const { body } = await carmen.ask('{ billingAccountByAuthContext { urn } }', {}, { 'opower-selected-entities': header })
    expect(at(body, 'data', 'billingAccountByAuthContext', 'urn')).toBe(carmens[1])
  })

  it('is never widened by the entities header', async () => {
    await using opower = await simulator()
    const alice = await opower.edge('alice')
    expect(urnsIn((await alice.ask(urns, {}, { 'opower-selected-entities': carmens[0] ?? '' })).body)).toEqual([])
  })

  it('is closed to introspection and has intervalReads, with at most 24 hours a call', async () => {
    await using opower = await simulator()
    const alice = await opower.edge('alice')
    expect((await alice.ask('{ __schema { types { name } } }')).text).toContain('FieldUndefined@[__schema]')
    const query =
      'query ($t: TimeInterval) { billingAccountByAuthContext { serviceAgreements { servicePoints { intervalReads(units: [KWH], serviceQuantityIdentifier: [NET_USAGE], timeInterval: $t, onlyUnverifiedStreams: true) { registerId reads { timeInterval } } } } } }'
    const reads = await alice.ask(query)
    expect(reads.text).toContain('"registerId":"KWH:NET_USAGE"')
    const tooLong = await alice.ask(query, { t: '2026-10-01T00:00:00Z/2026-10-02T00:00:01Z' })
    expect(at(tooLong.body, 'errors', 0, 'message')).toBe('Provided range must be no more than 24 hours.')
  })

  it('refuses strangers, expired tokens and logins without accounts as real edges do', async () => {
    await using opower = await simulator()
    const call = (token: string) =>
      fetch(`${opower.url}${edgePath}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: '{"query":"{ __typename }"}',
      })
    const invalid = await call(await opower.token())
    expect(invalid.status).toBe(403)
    expect(await invalid.json()).toEqual({ error: 'invalid token', error_description: 'jwtAuthority is not found.' })
    const expired = await call(String(at((await opower.control('POST', 'edge-tokens', { login: 'alice', seconds: -10 })).body, 'token')))
    expect(expired.status).toBe(401)
    expect(await (await opower.edge('nadia')).ask(urns)).toMatchObject({ status: 403, body: { error: 'no active accounts' } })
  })
})
