import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { GraphqlAnswer, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { accountOf, accountsOf, leaksIn, nobodysUuid, urnsOf } from './people.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
  // From here on the ids of these accounts are known, so that a cursor is judged without a call.
  for (const login of ['alice', 'bruno', 'carmen', 'fatima'])
    await stack.ask(login, '{ billingAccountsConnection { edges { node { serviceAgreements { uuid } } } } }')
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(() => stack.forgetCalls())

const roots =
  'query ($after: String, $urns: [ID!]) { billingAccountsConnection(first: 1, after: $after, byURNs: $urns) { pageInfo { endCursor } edges { cursor node { urn } } } }'
const [home, shop] = accountsOf('carmen')
const [first, second, third] = urnsOf('fatima')

/** The agreements of one account, a page of one at a time. */
const agreements = `query ($urn: ID!, $after: String, $active: Boolean, $matching: String) { billingAccountByAuthContext(selectedAccount: $urn) {
  serviceAgreementsConnection(first: 1, after: $after, onlyActive: $active, matching: $matching) { pageInfo { hasNextPage endCursor } edges { cursor node { uuid } } } } }`

describe('a cursor of the accounts', () => {
  it('goes on where it was given', async () => {
    const { data } = await stack.ask('fatima', { query: roots, variables: { after: await rootCursor('fatima') } })
    expect(data).toMatchObject({ billingAccountsConnection: { edges: [{ node: { urn: second } }] } })
  })

  it.each<[string, () => Promise<Record<string, unknown>>]>([
    ['of another customer', async () => ({ after: await rootCursor('fatima') })],
    ['of one’s own smaller set', async () => ({ after: await rootCursor('carmen', urnsOf('carmen').slice(0, 1)) })],
    ['of one’s own larger set', async () => ({ after: await rootCursor('carmen'), urns: urnsOf('carmen').slice(1) })],
    ['of a connection below', async () => ({ after: await agreementCursor() })],
    ['of the hub itself', async () => ({ after: await hubCursor() })],
    ['of nobody', async () => ({ after: 'YWNjb3VudHN8bnZlZHx8MA==' })],
    ['with a letter changed', async () => ({ after: flipped(await rootCursor('carmen')) })],
    ['with something behind it', async () => ({ after: `${await rootCursor('carmen')}=` })],
    ['that is empty', async () => ({ after: '' })],
  ])('%s is refused, and nothing is sent', async (_what, make) => {
    const variables = await make()
    await expectRefused({ query: roots, variables })
    if ('urns' in variables) return
    await expectRefused({
      query: 'query ($after: String) { billingAccountsConnection(last: 1, before: $after) { edges { node { name } } } }',
      variables,
    })
    await expectRefused({
      query: 'query ($after: String) { viewer { accounts(first: 1, after: $after) { edges { node { name } } } } }',
      variables,
    })
  })

  it('and of everybody’s own making is refused, whatever it is', async () => {
    const refused = fc.asyncProperty(fc.oneof(fc.string(), fc.base64String({ minLength: 40 })), async after => {
      expect((await stack.ask('carmen', { query: roots, variables: { after } })).status).toBe(403)
    })
    await fc.assert(refused, { numRuns: 40 })
    expect(await stack.calls()).toEqual([])
  })
})

describe('a cursor below an account', () => {
  it('goes on where it was given, and holds no id', async () => {
    const after = await agreementCursor()
    const { data, errors } = await stack.ask('carmen', { query: agreements, variables: { urn: home?.urn, after } })
    expect(errors).toBeUndefined()
    expect(data).toMatchObject({
      billingAccountByAuthContext: { serviceAgreementsConnection: { edges: [{ node: { uuid: home?.agreements[1]?.uuid } }] } },
    })
    expect(Buffer.from(after, 'base64').toString('latin1')).not.toMatch(/agreements|[0-9a-f]{8}-/)
  })

  it.each<[string, () => Promise<Record<string, unknown>>]>([
    ['for another account of one’s own', async () => ({ urn: shop?.urn, after: await agreementCursor() })],
    ['under another filter', async () => ({ urn: home?.urn, active: true, after: await agreementCursor() })],
    ['under a match', async () => ({ urn: home?.urn, matching: home?.agreements[0]?.uuid, after: await agreementCursor() })],
    ['from another customer', async () => ({ urn: home?.urn, after: await agreementCursor('bruno', accountOf('bruno').urn) })],
    ['from the accounts', async () => ({ urn: home?.urn, after: await rootCursor('carmen') })],
    ['from the hub itself', async () => ({ urn: home?.urn, after: await hubAgreementCursor(accountOf('bruno').urn) })],
    ['from the hub itself, of one’s own account', async () => ({ urn: home?.urn, after: await hubAgreementCursor(home?.urn ?? '') })],
    ['that is garbage', async () => ({ urn: home?.urn, after: 'garbage' })],
  ])('%s is refused, and nothing is sent', async (_what, make) => {
    await expectRefused({ query: agreements, variables: await make() })
  })

  it('for another field of the same account is refused, and nothing is sent', async () => {
    const query =
      'query ($urn: ID!, $after: String) { billingAccountByAuthContext(selectedAccount: $urn) { premisesConnection(after: $after) { edges { node { uuid } } } } }'
    await expectRefused({ query, variables: { urn: home?.urn, after: await agreementCursor() } })
  })

  it('for several accounts at once is refused, and nothing is sent', async () => {
    const query =
      'query ($after: String) { billingAccountsConnection { edges { node { serviceAgreementsConnection(first: 1, after: $after) { edges { node { uuid } } } } } } }'
    await expectRefused({ query, variables: { after: await agreementCursor() } })
  })
})

describe('a match with an id that is not one’s own', () => {
  const bruno = accountOf('bruno')
  const kinds: readonly (readonly [string, string, string | undefined])[] = [
    [
      'an agreement',
      'serviceAgreementsConnection(matching: $id) { totalCount pageInfo { hasNextPage endCursor } edges { node { name } } }',
      bruno.agreements[0]?.uuid,
    ],
    [
      'a premise',
      'premisesConnection(matching: $id) { totalCount edges { node { name } mappedCustomer { id } } }',
      bruno.premises[0]?.premise.uuid,
    ],
    [
      'a point',
      'serviceAgreementsConnection { edges { node { servicePointsConnection(matching: $id) { totalCount edges { node { name readStreams { netUsage { unit } } } } } } } }',
      bruno.agreements[0]?.points[0]?.uuid,
    ],
    [
      'an agreement of one’s own in another spelling',
      'serviceAgreementsConnection(matching: $id) { totalCount edges { node { name } } }',
      accountOf('alice').agreements[0]?.uuid.toUpperCase(),
    ],
  ]
  it.each(kinds)('finds no %s, exactly as for one that does not exist, and the id is in no call', async (_what, field, id) => {
    for (const root of ['billingAccountByAuthContext', `billingAccountByAuthContext(selectedAccount: "${urnsOf('alice')[0]}")`]) {
      const query = `query ($id: String) { ${root} { ${field} } }`
      const [found, unknown] = [
        await stack.ask('alice', { query, variables: { id } }),
        await stack.ask('alice', { query, variables: { id: nobodysUuid } }),
      ]
      expect([found.status, found.text]).toEqual([200, unknown.text])
      expect(found.text).toMatch(/"totalCount":0/)
      expect(found.text).not.toMatch(/"edges":\[[^\]]*"totalCount":[1-9]/)
      expect(leaksIn(found.text, 'alice')).toEqual([])
    }
    for (const call of await stack.calls()) {
      expect(JSON.stringify(call.variables)).not.toContain(id)
      expect(JSON.stringify(call.variables)).not.toContain(nobodysUuid)
    }
  })

  it('written as a literal or a default does not reach a call either', async () => {
    const id = bruno.agreements[0]?.uuid ?? ''
    for (const query of [
      `{ billingAccountByAuthContext { serviceAgreementsConnection(matching: "${id}") { totalCount } } }`,
      `query ($id: String = "${id}") { billingAccountByAuthContext { serviceAgreementsConnection(matching: $id) { totalCount } } }`,
    ]) {
      const { data } = await stack.ask('alice', query)
      expect(data).toEqual({ billingAccountByAuthContext: { serviceAgreementsConnection: { totalCount: 0 } } })
    }
    for (const call of await stack.calls()) expect(call.query + JSON.stringify(call.variables)).not.toContain(id)
  })

  it('of one account of a customer finds nothing under another one', async () => {
    const query =
      'query ($urn: ID!, $id: String) { billingAccountByAuthContext(selectedAccount: $urn) { serviceAgreementsConnection(matching: $id) { totalCount } } }'
    const answer = await stack.ask('carmen', { query, variables: { urn: shop?.urn, id: home?.agreements[0]?.uuid } })
    expect(answer.data).toEqual({ billingAccountByAuthContext: { serviceAgreementsConnection: { totalCount: 0 } } })
  })
})

async function expectRefused(question: { query: string; variables: Record<string, unknown> }): Promise<void> {
  await stack.forgetCalls()
  const answer = await stack.ask('carmen', question)
  expect([answer.status, answer.errors]).toEqual([403, [{ message: expect.any(String), extensions: { code: 'ACCOUNT_NOT_IN_SCOPE' } }]])
  expect(await stack.calls()).toEqual([])
}

async function rootCursor(login: string, urns?: readonly string[]): Promise<string> {
  return cursorIn(await stack.ask(login, { query: roots, variables: { urns } }))
}

async function agreementCursor(login = 'carmen', urn = home?.urn): Promise<string> {
  return cursorIn(await stack.ask(login, { query: agreements, variables: { urn } }))
}

async function hubCursor(): Promise<string> {
  return cursorIn(
    await stack.askUpstream(`{ billingAccountsConnection(byURNs: ["${first}", "${third}"], first: 1) { pageInfo { endCursor } } }`),
  )
}

async function hubAgreementCursor(urn: string): Promise<string> {
  return cursorIn(await stack.askUpstream({ query: agreements, variables: { urn } }))
}

function cursorIn({ text }: GraphqlAnswer): string {
  const cursor = /"endCursor":"([^"]+)"/.exec(text)?.[1]
  if (cursor === undefined) throw new TypeError(`expected a cursor, but got: ${text}`)
  return cursor
}

function flipped(cursor: string): string {
  return cursor.slice(0, -1) + (cursor.endsWith('A') ? 'B' : 'A')
}
