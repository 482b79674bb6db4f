import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { population } from '../../simulator/population/population.js'
import type { GraphqlAnswer, Question, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { accountOf, leaksIn, urnsOf } from './people.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(() => stack.forgetCalls())
afterEach(() => stack.control('faults', {}))

const name = '{ billingAccountByAuthContext { name } }'

/** How many calls a question costs. */
async function costOf(login: string, question: Question | string, headers: Record<string, string> = {}): Promise<number> {
  const before = (await stack.calls()).length
  await stack.ask(login, question, headers)
  return (await stack.calls()).length - before
}

describe('an answer that is kept', () => {
  it('costs one call the first time and none the second, and is the same to the byte', async () => {
    const query = 'query Repeat { billingAccountsConnection { edges { node { name bills(last: 2) { timeInterval } } } } }'
    const first = await stack.ask('bruno', query)
    const second = await stack.ask('bruno', query)
    expect([(await stack.calls()).length, second.text]).toEqual([1, first.text])
    expect(await hits()).toBeGreaterThan(0)
  })

  it('is nobody else’s: each customer gets their own', async () => {
    const query = 'query Each { billingAccountsConnection { totalCount edges { node { name } } } }'
    const logins = ['alice', 'bruno', 'carmen', 'dora', 'emil', 'sol', 'iris', 'fatima']
    for (const _time of [1, 2]) {
      for (const login of logins) {
        const { text } = await stack.ask(login, query)
        expect([text.match(/"name":/g)?.length, leaksIn(text, login)]).toEqual([urnsOf(login).length, []])
        expect(text).toContain(accountOf(login).name)
      }
    }
    expect((await stack.calls()).map(({ variables }) => variables?.['_gwUrns0'])).toEqual(logins.map(urnsOf))
  })

  it('is asked for once by each of two that ask at the same time, and neither gets the other’s', async () => {
    const query = 'query Together { billingAccountByAuthContext { name } }'
    const logins = ['alice', 'bruno', 'alice', 'carmen', 'bruno', 'sol']
    const answers = await Promise.all(logins.map(login => stack.ask(login, query)))
    for (const [index, login] of logins.entries())
      expect(answers[index]?.data).toEqual({ billingAccountByAuthContext: { name: accountOf(login).name } })
  })

  it('is not for a person who only shares the account: the viewer is always oneself', async () => {
    const query = '{ viewer { login accounts { edges { node { name } } } } }'
    for (const _time of [1, 2])
      for (const login of ['alice', 'hanna']) expect((await stack.ask(login, query)).data).toMatchObject({ viewer: { login } })
  })

  it('of nobody’s account is still one’s own: two people without any are two people', async () => {
    for (const _time of [1, 2]) {
      for (const login of ['nadia', 'omar']) {
        const answer = await stack.ask(login, '{ viewer { login accounts { totalCount } } billingAccountByAuthContext { name } }')
        expect(answer.data).toEqual({ viewer: { login, accounts: { totalCount: 0 } }, billingAccountByAuthContext: null })
      }
    }
    expect(await stack.calls()).toEqual([])
  })
})

it('joint holders in one role share what the account says, and never who is asking', async () => {
  const customers = population.customers.map(customer => (customer.login === 'hanna' ? { ...customer, role: 'holder' as const } : customer))
  await using joint = await startStack({ directory: { ...population, customers } })
  const household = await joint.ask('alice', name)
  const viewer = '{ viewer { login account(urn: "URN") { name } } }'.replace('URN', accountOf('alice').urn)
  await joint.ask('alice', viewer)
  await joint.forgetCalls()
  expect([(await joint.ask('hanna', name)).text, (await joint.calls()).length]).toEqual([household.text, 0])
  expect([(await joint.ask('hanna', viewer)).data, (await joint.calls()).length]).toEqual([
    { viewer: { login: 'hanna', account: { name: accountOf('alice').name } } },
    1,
  ])
})

describe('what is not an answer is not kept', () => {
  it.each<[string, unknown, string]>([
    ['an error page', { html: true }, 'A'],
    ['an upstream that is down', { down: true }, 'B'],
    ['half of an answer', { truncated: true }, 'C'],
    ['a null root', { nullRoot: true }, 'D'],
    ['a forecast that fails beside good data', { partial: true }, 'E'],
    ['too many calls', { status: { code: 429 } }, 'F'],
    ['another’s data', { foreign: ['node'] }, 'G'],
    ['an error about another', { foreign: ['error'] }, 'H'],
  ])('%s', async (_what, faults, label) => {
    const query = `query ${label} { billingAccountByAuthContext { name billForecast { currentDateTime } } }`
    await stack.control('faults', faults)
    const broken = await stack.ask('alice', query)
    expect(broken.errors?.length).toBeGreaterThan(0)
    const before = (await stack.calls()).length
    await stack.ask('alice', query)
    expect((await stack.calls()).length).toBeGreaterThan(before)
    await stack.control('faults', {})
    const good = await stack.ask('alice', query)
    expect(good.errors).toBeUndefined()
    expect(good.data).toMatchObject({ billingAccountByAuthContext: { name: accountOf('alice').name } })
    expect(await costOf('alice', query)).toBe(0)
  })

  it('a refusal, which never becomes an answer for who may see it', async () => {
    const query = `{ billingAccountsConnection(byURNs: ["${accountOf('bruno').urn}"]) { edges { node { name } } } }`
    expect((await stack.ask('alice', query)).status).toBe(403)
    expect((await stack.ask('bruno', query)).status).toBe(200)
    expect((await stack.ask('alice', query)).status).toBe(403)
  })

  it('a mutation, and a job that runs on', async () => {
    const start = (format: string) =>
      `mutation { generateUsageExportFile(usageExportFileConfigurationInput: { format: ${format} }) { uuid } }`
    const uuids = [(await stack.ask('alice', start('CSV'))).text, (await stack.ask('alice', start('XML'))).text]
    expect(new Set(uuids).size).toBe(2)
    const uuid = /"uuid":"([^"]+)"/.exec(uuids[0] ?? '')?.[1]
    const poll = `{ exportJob(jobUuid: "${uuid}") { isRunning } }`
    expect([await costOf('alice', poll), await costOf('alice', poll)]).toEqual([1, 1])
  })
})

describe('each of these is an entry of its own', () => {
  const root = 'billingAccountByAuthContext'
  const families: readonly (readonly [string, readonly (Question | string)[]])[] = [
    ['another literal', [1, 2, 3].map(last => `{ ${root} { bills(last: ${last}) { timeInterval } } }`)],
    ['another field', ['name', 'utilityId', 'uuid'].map(field => `query Fields { ${root} { ${field} } }`)],
    ['another alias', ['a', 'b', 'c'].map(alias => `{ ${alias}: ${root} { name } }`)],
    ['an alias below', ['a', 'b', 'c'].map(alias => `query Below { ${root} { ${alias}: name } }`)],
    ['another order', [`{ ${root} { urn name } }`, `{ ${root} { name urn } }`]],
    [
      'another variable',
      [1, 2, 3].map(last => ({ query: `query ($last: Int) { ${root} { bills(last: $last) { urn } } }`, variables: { last } })),
    ],
    [
      'no variable and null',
      [{}, { last: 5 }].map(variables => ({ query: `query V($last: Int = 4) { ${root} { bills(last: $last) { urn } } }`, variables })),
    ],
    [
      'another operation of one document',
      ['A', 'B'].map(operationName => ({ query: `query A { ${root} { name } } query B { ${root} { uuid } }`, operationName })),
    ],
    [
      'another condition',
      [true, false].map(yes => ({ query: `query ($yes: Boolean!) { ${root} { uuid name @include(if: $yes) } }`, variables: { yes } })),
    ],
    ['a fragment of another body', ['name', 'uuid'].map(field => `{ ${root} { ...F } } fragment F on BillingAccount { ${field} }`)],
    [
      'a selected account',
      urnsOf('fatima')
        .slice(0, 3)
        .map(urn => ({ query: `query S($urn: ID) { ${root}(selectedAccount: $urn) { name } }`, variables: { urn } })),
    ],
    [
      'another page',
      [1, 2].map(first => ({
        query: 'query P($first: Int) { billingAccountsConnection(first: $first) { edges { node { name } } } }',
        variables: { first },
      })),
    ],
  ]
  it.each(families)('%s', async (_what, questions) => {
    const answers: GraphqlAnswer[] = []
    for (const question of questions) answers.push(await stack.ask('fatima', question))
    for (const { errors } of answers) expect(errors).toBeUndefined()
    expect(new Set(answers.map(({ text }) => text)).size).toBe(questions.length)
    expect((await stack.calls()).length).toBe(questions.length)
    for (const [index, question] of questions.entries()) expect((await stack.ask('fatima', question)).text).toBe(answers[index]?.text)
    expect((await stack.calls()).length).toBe(questions.length)
  })
})

describe('a conditional request', () => {
  it.each(['*', '"anything"', 'W/"anything"'])(
    'with If-None-Match: %s is answered 401 without a session, and in full with one',
    async etag => {
      const query = 'query Conditional { billingAccountByAuthContext { name } }'
      const known = await stack.ask('alice', query)
      const headers = {
        'if-none-match': known.headers.get('etag') ?? etag,
        'if-modified-since': new Date(Date.now() + 60_000).toUTCString(),
      }
      const stranger = await stack.send({ query }, headers)
      expect([stranger.status, stranger.errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
      const again = await stack.ask('alice', query, headers)
      expect([again.status, again.text]).toEqual([200, known.text])
      const other = await stack.ask('bruno', query, headers)
      expect([other.status, other.data]).toEqual([200, { billingAccountByAuthContext: { name: accountOf('bruno').name } }])
      expect(known.headers.get('cache-control')).toBe('private, no-store')
    },
  )
})

async function hits(): Promise<number> {
  const text = await (await fetch(`${stack.gateway.adminUrl}/metrics`)).text()
  return Number(/^substation_cache_requests_total\{result="hit"\} (\d+)$/m.exec(text)?.[1] ?? 0)
}
