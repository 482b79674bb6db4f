import { describe, expect, it } from '@jest/globals'
import { population } from '../../simulator/population/population.js'
import { accountOf, at, list, simulator } from './client.js'

const urns =
  'query ($urns: [ID!], $first: Int, $after: String) { billingAccountsConnection(byURNs: $urns, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { urn } } } }'
const utility = population.accounts.filter(account => account.utility.code === 'nved').map(({ urn }) => urn)

function urnsIn(body: unknown): unknown[] {
  return list(body, 'data', 'billingAccountsConnection', 'edges').map(edge => at(edge, 'node', 'urn'))
}

describe('the hub', () => {
  it.each([
    ['omitted', {}],
    ['null', { urns: null }],
    ['empty', { urns: [] }],
  ])('answers the whole utility where byURNs is %s', async (_, variables) => {
    await using opower = await simulator()
    expect(urnsIn((await (await opower.hub()).ask(urns, variables)).body)).toEqual(utility)
  })

  it('answers in population order whatever the order asked, drops the unknown, and counts before the filter', async () => {
    await using opower = await simulator()
    const asked = [accountOf('sol').urn, 'urn:opower:v1:account:nved:uuid:0', accountOf('vera').urn, accountOf('alice').urn]
    const { body } = await (await opower.hub()).ask(urns, { urns: asked })
    expect(urnsIn(body)).toEqual([accountOf('alice').urn, accountOf('sol').urn])
    expect(at(body, 'data', 'billingAccountsConnection', 'totalCount')).toBe(utility.length)
  })

  it('pages under one filter, and goes on through everybody when the filter changes', async () => {
    await using opower = await simulator()
    const hub = await opower.hub()
    const fatimas = population.customers.find(({ login }) => login === 'fatima')?.accountUrns ?? []
    const page = await hub.ask(urns, { urns: fatimas, first: 40 })
    expect(urnsIn(page.body)).toEqual(fatimas.slice(0, 40))
    const after = at(page.body, 'data', 'billingAccountsConnection', 'pageInfo', 'endCursor')
    expect(urnsIn((await hub.ask(urns, { urns: fatimas, first: 40, after })).body)).toEqual(fatimas.slice(40))
    const strayed = urnsIn((await hub.ask(urns, { urns: [accountOf('alice').urn], after })).body)
    expect(strayed).toEqual(utility.slice(utility.indexOf(fatimas[39] ?? '') + 1))
  })

  it('gives foreign accounts by either kind of URN, and null without any', async () => {
    await using opower = await simulator()
    const hub = await opower.hub()
    const query = 'query ($a: ID, $c: ID) { billingAccountByAuthContext(selectedAccount: $a, singlePremise: $c) { urn } }'
    const bruno = accountOf('bruno')
    const found = { data: { billingAccountByAuthContext: { urn: bruno.urn } } }
    expect((await hub.ask(query, { a: bruno.urn })).body).toEqual(found)
    expect((await hub.ask(query, { c: bruno.customers[1]?.urn })).body).toEqual(found)
    expect((await hub.ask(query)).body).toEqual({ data: { billingAccountByAuthContext: null } })
    expect((await hub.ask(query, { a: accountOf('alice').urn, c: bruno.customers[0]?.urn })).body).toEqual({
      data: { billingAccountByAuthContext: null },
    })
  })

  it('is open to introspection and has no intervalReads', async () => {
    await using opower = await simulator()
    const { text } = await (await opower.hub()).ask('{ __schema { types { name fields { name } } } }')
    expect(text).toContain('"readStreams"')
    expect(text).not.toContain('intervalReads')
  })

  it('shows an IDE to browsers that fetches nothing from elsewhere', async () => {
    await using opower = await simulator()
    const response = await fetch(`${opower.url}/graphql`, { headers: { accept: 'text/html,*/*' } })
    const page = await response.text()
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(page).toContain('<div id="root">')
    expect(page).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/)
  })

  it('takes a bare POST without operationName, on both of its addresses', async () => {
    await using opower = await simulator()
    const authorization = `Bearer ${await opower.token()}`
    const body = '{"query":"{ billingAccountsConnection(first: 1) { totalCount } }"}'
    for (const path of ['graphql', 'util/graphql']) {
      const response = await fetch(`${opower.url}/${path}`, { method: 'POST', headers: { authorization }, body })
      expect(await response.json()).toEqual({ data: { billingAccountsConnection: { totalCount: utility.length } } })
    }
  })

  it('follows a nested cursor into the list of the account that it came from', async () => {
    await using opower = await simulator()
    const hub = await opower.hub()
    const query =
      'query ($u: [ID!], $after: String) { billingAccountsConnection(byURNs: $u) { edges { node { serviceAgreementsConnection(first: 1, after: $after) { pageInfo { endCursor } edges { node { uuid } } } } } } }'
    const path = ['data', 'billingAccountsConnection', 'edges', 0, 'node', 'serviceAgreementsConnection'] as const
    const bruno = await hub.ask(query, { u: [accountOf('bruno').urn] })
    const after = at(bruno.body, ...path, 'pageInfo', 'endCursor')
    const alice = await hub.ask(query, { u: [accountOf('alice').urn], after })
    expect(at(alice.body, ...path, 'edges', 0, 'node', 'uuid')).toBe(accountOf('bruno').agreements[1]?.uuid)
  })

  it('refuses no token, a wrong one and an odd header alike', async () => {
    await using opower = await simulator()
    for (const authorization of ['', 'Bearer 00000000-0000-0000-0000-000000000000', 'Basic abc', 'Bearer']) {
      const response = await fetch(`${opower.url}/graphql`, {
        method: 'POST',
        headers: { authorization },
        body: '{"query":"{ __typename }"}',
      })
      expect(response.status).toBe(401)
      expect(await response.json()).toEqual({ error: 'invalid_token' })
    }
  })
})
