import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Account } from '../../simulator/population/types.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { comparable, forHub, operation } from './hub.js'
import { accountsOf, leaksIn, nobodysUuid } from './people.js'

const now = Date.parse('2026-11-10T17:00:00Z')
let stack: Stack
beforeAll(async () => {
  stack = await startStack({ now: () => now })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(() => stack.forgetCalls())

/** What clients send beside the bearer; each set names an entity of the account's in another of the four ways. */
const headerSets: Readonly<Record<string, (account: Account | undefined) => Record<string, string>>> = {
  'a customer URN in a JSON array': account => entity(JSON.stringify([account?.customers[0]?.urn])),
  'the same and X-Requested-With': account => ({
    ...entity(JSON.stringify([account?.customers[0]?.urn])),
    'x-requested-with': 'XMLHttpRequest',
  }),
  'an external entity URN and what browsers add': account => ({
    ...entity(`urn:external:opower:entity:id:${account?.utilityId}`),
    'x-requested-with': 'XMLHttpRequest',
    'accept-language': 'en-US',
    origin: 'https://my.nved.example',
    referer: 'https://my.nved.example/usage',
  }),
  'a bare account URN': account => ({ ...entity(account?.urn ?? ''), 'x-requested-with': 'XMLHttpRequest' }),
  'the bearer only': () => ({}),
}

function entity(value: string): Record<string, string> {
  return { 'opower-selected-entities': value }
}

type Variables = (account: Account | undefined) => Record<string, unknown>

interface Row {
  readonly file: string
  readonly variables: Variables
  /** Answers all accounts, or the one that is named. */
  readonly root: 'all' | 'named' | 'default'
}

const agreementOf = (account: Account | undefined) => account?.agreements.find(({ active }) => active)
const chosen: Variables = account => ({
  selectedAccount: account?.urn ?? null,
  saUuid: agreementOf(account)?.uuid ?? nobodysUuid,
  spUuid: agreementOf(account)?.points[0]?.uuid ?? nobodysUuid,
})
/** A year back, or less for who moved in since. */
const yearOf = (account: Account | undefined) => {
  const from = Math.max(Date.parse('2025-11-10T00:00:00-05:00'), account?.occupancy.from ?? 0)
  return `${new Date(from).toISOString()}/2026-11-09T00:00:00-05:00`
}
const browsed = { units: ['KWH'], serviceQuantityIdentifier: [], includeReadStreams: true, includeIntervalReads: false, aliased: false }

const rows: readonly Row[] = [
  { file: 'account-picker', root: 'all', variables: () => ({ first: 100, onlyActive: true }) },
  { file: 'agreements-and-points', root: 'all', variables: () => ({ first: 100, onlyActive: true }) },
  { file: 'accounts-for-bills', root: 'all', variables: () => ({ first: 100, onlyActive: true }) },
  { file: 'topology', root: 'all', variables: () => ({ first: 100, onlyActive: true }) },
  {
    file: 'rate-and-range',
    root: 'default',
    variables: () => ({ first: 75, lastForServicePoints: 50, aliased: false, forceLegacyData: true }),
  },
  { file: 'points-and-ranges', root: 'named', variables: account => ({ ...chosen(account), forceLegacyData: false }) },
  {
    file: 'register-reads',
    root: 'named',
    variables: account => ({
      customerUrn: account?.customers[0]?.urn ?? null,
      spUuid: chosen(account)['spUuid'],
      timeInterval: '2026-03-01T00:00:00-08:00/2026-03-30T00:00:00-07:00',
      resolution: 'HOUR',
    }),
  },
  {
    file: 'data-browser',
    root: 'named',
    variables: account => ({
      ...chosen(account),
      ...browsed,
      resolution: 'HOUR',
      timeInterval: '2026-10-20T00:00:00-04:00/2026-11-05T00:00:00-05:00',
    }),
  },
  {
    file: 'data-browser',
    root: 'named',
    variables: account => ({
      ...chosen(account),
      ...browsed,
      aliased: true,
      forceLegacyData: true,
      resolution: 'DAY',
      timeInterval: yearOf(account),
    }),
  },
  {
    file: 'data-browser',
    root: 'named',
    variables: account => ({
      ...chosen(account),
      ...browsed,
      resolution: 'QUARTER_HOUR',
      timeInterval: '2026-11-01T00:00:00-04:00/2026-11-02T00:00:00-05:00',
    }),
  },
  { file: 'historical-usage', root: 'named', variables: chosen },
  { file: 'bill-forecast', root: 'all', variables: () => ({}) },
  { file: 'one-bill-forecast', root: 'default', variables: () => ({ selectedAccount: null }) },
  {
    file: 'weather',
    root: 'default',
    variables: account => ({
      unit: 'FAHRENHEIT',
      timeInterval: ['2026-06-01/2026-06-30'],
      weatherResolution: 'DAILY',
      premiseUuid: account?.premises[0]?.premise.uuid ?? nobodysUuid,
    }),
  },
  { file: 'bills-to-export', root: 'default', variables: () => ({ last: 39, timeInterval: '2023-11-10T00:00:00Z/2026-11-10T00:00:00Z' }) },
  { file: 'everything-of-a-bill', root: 'all', variables: () => ({ last: 3 }) },
]

const logins = ['alice', 'hanna', 'bruno', 'carmen', 'fatima', 'sol', 'iris', 'nadia']

describe.each(rows.map((row, index) => ({ ...row, title: `${row.file} (${index + 1})` })))('$title', ({ file, root, variables }) => {
  it.each(logins)(
    'answers %s what Opower itself says of exactly those accounts',
    async login => {
      const account = accountsOf(login).at(root === 'named' ? -1 : 0)
      const question = { query: operation(file), variables: variables(account) }
      const own = root === 'all' ? accountsOf(login) : account === undefined ? [] : [account]
      const [answer, expected] = [await stack.ask(login, question), await hubSays(question, own)]
      expect(answer.errors).toBeUndefined()
      expect(comparable(answer.data)).toEqual(comparable(expected))
      expect(leaksIn(answer.text, login)).toEqual([])
      for (const call of await stack.calls()) expect(JSON.stringify(call.variables)).not.toMatch(otherUrns(login))
    },
    30_000,
  )
})

/** For no account at all the hub would answer about everybody, so its part is said here. */
async function hubSays(
  { query, variables }: { query: string; variables: Record<string, unknown> },
  accounts: readonly Account[],
): Promise<unknown> {
  const urns = accounts.map(({ urn }) => urn)
  if (urns.length === 0)
    return query.includes('billingAccountsConnection')
      ? { billingAccountsConnection: { edges: [] } }
      : { billingAccountByAuthContext: null }
  const { data, errors } = await stack.askUpstream({ query: forHub(query, urns), variables })
  expect(errors).toBeUndefined()
  return data
}

function otherUrns(login: string): RegExp {
  const own = accountsOf(login).map(({ uuid }) => uuid)
  return new RegExp(`urn:opower:v1:account:nved:uuid:(?!${[...own, 'none'].join('|')})`)
}

describe('the headers that real clients send', () => {
  it.each(Object.keys(headerSets))('choose the account of a customer who has two, by %s', async name => {
    const [home, shop] = accountsOf('carmen')
    const headers = headerSets[name]?.(shop) ?? {}
    const question = { query: operation('one-bill-forecast'), variables: { selectedAccount: null } }
    const answer = await stack.ask('carmen', question, headers)
    const expected = name === 'the bearer only' ? home : shop
    expect(answer.errors).toBeUndefined()
    expect(answer.data).toEqual(await hubSays(question, expected === undefined ? [] : [expected]))
  })

  it('give way to an argument that names an account', async () => {
    const [home, shop] = accountsOf('carmen')
    const query = 'query ($selectedAccount: ID) { billingAccountByAuthContext(selectedAccount: $selectedAccount) { urn } }'
    const answer = await stack.ask('carmen', { query, variables: { selectedAccount: home?.urn } }, entity(shop?.urn ?? ''))
    expect(answer.data).toEqual({ billingAccountByAuthContext: { urn: home?.urn } })
  })
})

describe('reads that are not verified yet', () => {
  it.each(['realtime-registers', 'realtime-usage'])('are null with a code of their own where the hub lacks them: %s', async file => {
    const [account] = accountsOf('alice')
    const variables = { ...chosen(account), registerId: 'KWH:NET_USAGE', timeInterval: null }
    const answer = await stack.ask('alice', { query: operation(file), variables })
    const path = [
      'billingAccountByAuthContext',
      'serviceAgreementsConnection',
      'edges',
      0,
      'node',
      'servicePointsConnection',
      'edges',
      0,
      'node',
    ]
    expect(answer.status).toBe(200)
    expect(answer.errors).toEqual([
      { message: expect.any(String), path: [...path, 'intervalReads'], extensions: { code: 'FIELD_NOT_AVAILABLE' } },
    ])
    expect(answer.text).toContain(`{"uuid":"${chosen(account)['spUuid']}","intervalReads":null}`)
    for (const call of await stack.calls()) expect(call.query).not.toContain('intervalReads')
  })
})

describe('many accounts', () => {
  it('come a page at a time, in one order, each once', async () => {
    const query =
      'query Page($after: String) { billingAccountsConnection(first: 20, after: $after) { totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { cursor node { urn } } } }'
    const urns: string[] = []
    let after: string | null = null
    for (const expected of [20, 20, 5]) {
      const { data, errors } = await stack.ask('fatima', { query, variables: { after } })
      expect(errors).toBeUndefined()
      const { totalCount, pageInfo, edges } = readPage(data)
      expect([totalCount, edges.length, pageInfo.hasNextPage, pageInfo.hasPreviousPage]).toEqual([
        45,
        expected,
        expected === 20,
        after !== null,
      ])
      expect(edges.at(-1)?.cursor).toEqual(expect.any(String))
      urns.push(...edges.map(({ node }) => node.urn))
      after = pageInfo.endCursor
    }
    expect(urns).toEqual(accountsOf('fatima').map(({ urn }) => urn))
  })

  it('are never asked of Opower without their names', async () => {
    await stack.ask('fatima', '{ billingAccountsConnection(first: 7) { edges { node { name } } } }')
    const calls = await stack.calls()
    expect(calls.map(({ variables }) => variables?.['_gwUrns0'])).toEqual([
      accountsOf('fatima')
        .slice(0, 7)
        .map(({ urn }) => urn),
    ])
  })
})

interface AccountPage {
  readonly totalCount: number
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string }
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly urn: string } }[]
}

function readPage(data: unknown): AccountPage {
  return (data as { billingAccountsConnection: AccountPage }).billingAccountsConnection
}
