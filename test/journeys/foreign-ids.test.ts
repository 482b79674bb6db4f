import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Question, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { accountOf, accountsOf, leaksIn, nobodysUrn, nobodysUuid, urnsOf } from './people.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(() => stack.forgetCalls())

const [own = ''] = urnsOf('alice')
const foreign = accountOf('bruno').urn
const node = '{ edges { node { name } } }'

/** Every way to write an account's URN where it chooses whose data is read. */
const ways: readonly (readonly [string, (urn: string) => Question])[] = [
  ['a literal in a list', urn => ({ query: `{ billingAccountsConnection(byURNs: ["${urn}"]) ${node} }` })],
  ['a literal that becomes a list', urn => ({ query: `{ billingAccountsConnection(byURNs: "${urn}") ${node} }` })],
  ['a block string', urn => ({ query: `{ billingAccountsConnection(byURNs: ["""${urn}"""]) ${node} }` })],
  ['a string with escapes', urn => ({ query: `{ billingAccountsConnection(byURNs: ["\\u0075${urn.slice(1)}"]) ${node} }` })],
  ['a list behind one’s own', urn => ({ query: `{ billingAccountsConnection(byURNs: ["${own}", "${urn}"]) ${node} }` })],
  [
    'a variable',
    urn => ({ query: `query ($urns: [ID!]) { billingAccountsConnection(byURNs: $urns) ${node} }`, variables: { urns: [own, urn] } }),
  ],
  [
    'a variable that becomes a list',
    urn => ({ query: `query ($urns: [ID!]) { billingAccountsConnection(byURNs: $urns) ${node} }`, variables: { urns: urn } }),
  ],
  [
    'a variable inside a list',
    urn => ({ query: `query ($urn: ID!) { billingAccountsConnection(byURNs: ["${own}", $urn]) ${node} }`, variables: { urn } }),
  ],
  ['a default', urn => ({ query: `query ($urns: [ID!] = ["${urn}"]) { billingAccountsConnection(byURNs: $urns) ${node} }` })],
  [
    'an own default that the variable replaces',
    urn => ({
      query: `query ($urns: [ID!] = ["${own}"]) { billingAccountsConnection(byURNs: $urns) ${node} }`,
      variables: { urns: [urn] },
    }),
  ],
  ['the selected account', urn => ({ query: `{ billingAccountByAuthContext(selectedAccount: "${urn}") { name } }` })],
  [
    'the selected account by a variable',
    urn => ({ query: 'query ($id: ID) { billingAccountByAuthContext(selectedAccount: $id) { name } }', variables: { id: urn } }),
  ],
  [
    'the selected account by a default',
    urn => ({ query: `query ($id: ID = "${urn}") { billingAccountByAuthContext(selectedAccount: $id) { name } }` }),
  ],
  ['an account of the viewer', urn => ({ query: `{ viewer { login account(urn: "${urn}") { name } } }` })],
  ['a fragment', urn => ({ query: `{ ...Foreign } fragment Foreign on Query { billingAccountsConnection(byURNs: ["${urn}"]) ${node} }` })],
  [
    'fragments in fragments',
    urn => ({
      query: `{ ...A } fragment A on Query { ... { ...B } } fragment B on Query { a: billingAccountByAuthContext(selectedAccount: "${urn}") { name } }`,
    }),
  ],
  [
    'an inline fragment',
    urn => ({ query: `{ ... on Query { ... @include(if: true) { billingAccountsConnection(byURNs: ["${urn}"]) ${node} } } }` }),
  ],
  [
    'an alias named like a witness',
    urn => ({ query: `{ urn: billingAccountsConnection(byURNs: ["${urn}"]) { uuid: edges { urn: node { urn: name uuid: name } } } }` }),
  ],
  [
    'an alias named like another root',
    urn => ({ query: `{ viewer: billingAccountByAuthContext(selectedAccount: "${urn}") { urn: name } }` }),
  ],
  [
    'a field included by a variable',
    urn => ({
      query: `query ($yes: Boolean!) { billingAccountsConnection(byURNs: ["${urn}"]) @include(if: $yes) ${node} }`,
      variables: { yes: true },
    }),
  ],
  [
    'a field not skipped by a default',
    urn => ({ query: `query ($no: Boolean! = false) { billingAccountsConnection(byURNs: ["${urn}"]) @skip(if: $no) ${node} }` }),
  ],
  [
    'a field beside one’s own',
    urn => ({ query: `{ billingAccountByAuthContext { name } other: billingAccountByAuthContext(selectedAccount: "${urn}") { name } }` }),
  ],
  [
    'a variable used in two places',
    urn => ({
      query:
        'query ($id: ID!) { a: billingAccountsConnection(byURNs: [$id]) { totalCount } b: billingAccountByAuthContext(selectedAccount: $id) { name } }',
      variables: { id: urn },
    }),
  ],
  [
    'the second of two operations',
    urn => ({
      query: `query A { viewer { login } } query B { billingAccountsConnection(byURNs: ["${urn}"]) ${node} }`,
      operationName: 'B',
    }),
  ],
  ['a count alone', urn => ({ query: `{ billingAccountsConnection(byURNs: ["${urn}"]) { totalCount } }` })],
  ['nothing but __typename', urn => ({ query: `{ billingAccountsConnection(byURNs: ["${urn}"]) { __typename } }` })],
]

describe('another customer’s account is refused like one that does not exist, and nothing is sent', () => {
  it.each(ways)('by %s', async (_way, ask) => {
    const [refused, unknown] = [await stack.ask('alice', ask(foreign)), await stack.ask('alice', ask(nobodysUrn))]
    expect(refused.status).toBe(403)
    expect(refused.errors).toEqual([{ message: expect.any(String), extensions: { code: 'ACCOUNT_NOT_IN_SCOPE' } }])
    expect([refused.status, refused.text]).toEqual([unknown.status, unknown.text])
    expect(headersOf(refused.headers)).toEqual(headersOf(unknown.headers))
    expect(await stack.calls()).toEqual([])
    expect((await stack.ask('alice', ask(own))).errors).toBeUndefined()
  })

  it('in a query by GET', async () => {
    const answers = [foreign, nobodysUrn].map(async urn => {
      const search = new URLSearchParams({ query: `{ billingAccountsConnection(byURNs: ["${urn}"]) ${node} }` })
      const headers = { authorization: `Bearer ${await stack.tokenOf('alice')}`, accept: 'application/graphql-response+json' }
      const answer = await fetch(`${stack.gateway.url}/graphql?${search}`, { headers })
      return [answer.status, await answer.text()]
    })
    const [refused, unknown] = await Promise.all(answers)
    expect(refused).toEqual(unknown)
    expect(refused?.[0]).toBe(403)
    expect(await stack.calls()).toEqual([])
  })

  it('wherever it stands among one’s own', async () => {
    const list = fc.array(fc.constant(own), { maxLength: 20 }).chain(urns => fc.nat(urns.length).map(at => urns.toSpliced(at, 0, foreign)))
    const query = `query ($urns: [ID!]) { billingAccountsConnection(byURNs: $urns) ${node} }`
    const refused = fc.asyncProperty(list, async urns =>
      expect((await stack.ask('alice', { query, variables: { urns } })).status).toBe(403),
    )
    await fc.assert(refused, { numRuns: 40 })
    expect(await stack.calls()).toEqual([])
  })
})

describe('another spelling of one’s own account is no account, and nothing is sent', () => {
  const { uuid } = accountOf('alice')
  it.each([
    ['upper case', own.toUpperCase()],
    ['an upper-case uuid', own.replace(uuid, uuid.toUpperCase())],
    ['percent-encoding', own.replaceAll(':', '%3A')],
    ['white space before', ` ${own}`],
    ['white space behind', `${own}\u00a0`],
    ['a line end', `${own}\n`],
    ['another utility', own.replace(':nved:', ':rvgl:')],
    ['no utility', own.replace(':nved', '')],
    ['a look-alike letter', own.replace('urn', '\u03c5rn')],
    ['full-width digits', own.replace('0', '\uff10')],
    ['a null character', `${own}\0`],
    ['the bare uuid', uuid],
    ['the legacy customer’s URN', accountOf('alice').customers[0]?.urn ?? ''],
    ['the account number', accountOf('alice').accountNumber],
    ['nothing', ''],
    ['a comma between two', `${own},${own}`],
    ['a wildcard', '*'],
  ])('%s', async (_what, urn) => {
    const query = 'query ($id: ID!) { billingAccountsConnection(byURNs: [$id]) { totalCount } }'
    const unknown = await stack.ask('alice', { query, variables: { id: nobodysUrn } })
    const refused = await stack.ask('alice', { query, variables: { id: urn } })
    expect([refused.status, refused.text]).toEqual([403, unknown.text])
    const selected = await stack.ask('alice', {
      query: 'query ($id: ID!) { billingAccountByAuthContext(selectedAccount: $id) { name } }',
      variables: { id: urn },
    })
    expect(selected.status).toBe(403)
    expect(await stack.calls()).toEqual([])
  })

  it('a number is no account either', async () => {
    const answer = await stack.ask('alice', '{ billingAccountsConnection(byURNs: [1]) { totalCount } }')
    expect([answer.status, await stack.calls()]).toEqual([403, []])
  })
})

describe('without a choice one’s own accounts are meant', () => {
  const choices: readonly (readonly [string, Question])[] = [
    ['an empty list', { query: `{ billingAccountsConnection(byURNs: []) ${node} }` }],
    ['null', { query: `{ billingAccountsConnection(byURNs: null) ${node} }` }],
    ['no list', { query: `{ billingAccountsConnection ${node} }` }],
    ['a variable that is left out', { query: `query ($urns: [ID!]) { billingAccountsConnection(byURNs: $urns) ${node} }` }],
    [
      'a variable that is null',
      { query: `query ($urns: [ID!]) { billingAccountsConnection(byURNs: $urns) ${node} }`, variables: { urns: null } },
    ],
    [
      'a variable that is empty',
      { query: `query ($urns: [ID!]) { billingAccountsConnection(byURNs: $urns) ${node} }`, variables: { urns: [] } },
    ],
    [
      'a variable that nobody declared',
      { query: `{ mine: billingAccountsConnection ${node} }`, variables: { byURNs: [foreign], urns: [foreign] } },
    ],
  ]
  it.each(choices)('by %s', async (_what, question) => {
    for (const login of ['alice', 'carmen', 'fatima', 'nadia']) {
      const answer = await stack.ask(login, question)
      expect(answer.errors).toBeUndefined()
      expect(answer.text.match(/"node"/g) ?? []).toHaveLength(urnsOf(login).length)
      expect(leaksIn(answer.text, login)).toEqual([])
    }
    const sent = (await stack.calls()).map(({ variables }) => variables?.['_gwUrns0'])
    expect(sent).toEqual(['alice', 'carmen', 'fatima'].map(urnsOf))
  })

  it('and an own account named twice is answered once', async () => {
    const answer = await stack.ask('alice', {
      query: `{ billingAccountsConnection(byURNs: ["${own}", "${own}"]) { totalCount edges { node { urn } } } }`,
    })
    expect(answer.data).toEqual({ billingAccountsConnection: { totalCount: 1, edges: [{ node: { urn: own } }] } })
  })
})

describe('a customer URN', () => {
  const query = 'query ($customer: ID, $urn: ID) { billingAccountByAuthContext(singlePremise: $customer, selectedAccount: $urn) { urn } }'
  const [home, shop] = urnsOf('carmen')
  const customerOf = (login: string, at = 0) => accountsOf(login)[at]?.customers[0]?.urn

  it('of one’s own chooses the account that it maps to', async () => {
    const answer = await stack.ask('carmen', { query, variables: { customer: customerOf('carmen', 1) } })
    expect(answer.data).toEqual({ billingAccountByAuthContext: { urn: shop } })
    const both = await stack.ask('carmen', { query, variables: { customer: customerOf('carmen'), urn: home } })
    expect(both.data).toEqual({ billingAccountByAuthContext: { urn: home } })
  })

  it.each([
    ['a stranger’s', () => customerOf('bruno')],
    ['one in upper case', () => customerOf('alice')?.toUpperCase()],
    ['a bare uuid', () => customerOf('alice')?.split(':').at(-1)],
    ['an account URN', () => own],
  ])('that is %s is refused like one that does not exist, and it is in no call', async (_what, customer) => {
    const unknown = await stack.ask('alice', { query, variables: { customer: `urn:opower:customer:uuid:${nobodysUuid}` } })
    const refused = await stack.ask('alice', { query, variables: { customer: customer() } })
    expect([refused.status, refused.text]).toEqual([403, unknown.text])
    expect((await stack.calls()).map(({ variables }) => Object.keys(variables ?? {}))).not.toContain('customer')
    for (const call of await stack.calls()) expect(JSON.stringify(call.variables)).not.toContain(customerOf('bruno'))
  })

  it('that contradicts the selected account is refused', async () => {
    const answer = await stack.ask('carmen', { query, variables: { customer: customerOf('carmen'), urn: shop } })
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([403, 'ACCOUNT_NOT_IN_SCOPE'])
  })
})

describe('what is not in the customer’s schema', () => {
  it.each([
    '{ node(id: "x") { id } }',
    '{ _entities(representations: []) { __typename } }',
    '{ account(urn: "x") { name } }',
    '{ bill(urn: "x") { urn } }',
  ])('%s is refused by its name, and nothing is sent', async query => {
    const answer = await stack.ask('alice', query)
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'FIELD_NOT_AVAILABLE'])
    expect(await stack.calls()).toEqual([])
  })

  it('a variable that is used and not declared is refused, and nothing is sent', async () => {
    const answer = await stack.ask('alice', {
      query: `{ billingAccountsConnection(byURNs: $urns) ${node} }`,
      variables: { urns: [foreign] },
    })
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_REQUEST'])
    expect(await stack.calls()).toEqual([])
  })

  it('a list of thousands is refused for its length, whatever is in it', async () => {
    const query = `query ($urns: [ID!]) { billingAccountsConnection(byURNs: $urns) ${node} }`
    for (const urn of [own, foreign, nobodysUrn]) {
      const long = await stack.ask('alice', { query, variables: { urns: Array.from({ length: 3_000 }, () => urn) } })
      expect([long.status, long.errors?.[0]?.extensions.code]).toEqual([400, 'OPERATION_TOO_COSTLY'])
      const longer = await stack.ask('alice', { query, variables: { urns: Array.from({ length: 10_000 }, () => urn) } })
      expect(longer.status).toBe(413)
    }
    expect(await stack.calls()).toEqual([])
  })

  it('a customer of another utility gets one coded error, and nothing is sent', async () => {
    const answer = await stack.ask('vera', '{ viewer { login } }')
    expect(answer.errors).toEqual([{ message: expect.any(String), extensions: { code: 'ACCOUNT_NOT_IN_SCOPE' } }])
    expect([answer.status, await stack.calls()]).toEqual([403, []])
  })
})

function headersOf(headers: Headers): unknown {
  return [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date')
}
