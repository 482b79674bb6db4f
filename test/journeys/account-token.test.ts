import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { AccountAnswer, AccountStack } from '../support/account-stack.js'
import { startAccountStack } from '../support/account-stack.js'
import { reply } from '../support/exchange-server.js'
import { formsOf } from '../support/secrets.js'
import { credentials } from '../support/stack.js'
import { createLog } from '../../src/server/log.js'
import { idsAlias } from '../../src/plan/upstream-document.js'
import { operation } from './hub.js'
import { accountOf, accountsOf, leaksIn, nobodysUrn, urnsOf } from './people.js'

/** Everything that anybody could read of the gateway. */
const outputs: string[] = []
let stack: AccountStack
beforeAll(async () => {
  const log = createLog('trace', { write: line => void outputs.push(line) })
  stack = await startAccountStack({ log })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(() => stack.forgetCalls())
afterEach(async () => {
  issued.push(...stack.exchange.calls)
  const client = `${credentials.id}:${credentials.secret}`
  Object.assign(stack.exchange, { answer: undefined, gate: undefined, edgeSeconds: () => 1_200, calls: [], client })
  await stack.control('faults', {})
})

/** Whom each token was issued for, over all tests. */
const issued: { readonly login?: string; readonly issued?: string }[] = []
const sessions: string[] = []

/** A new session of this person's, which has no account token yet. */
async function signIn(login: string): Promise<(query: string, variables?: object) => Promise<AccountAnswer>> {
  const token = await stack.newTokenOf(login)
  sessions.push(token)
  return async (query, variables) => {
    const answer = await stack.send(query, { authorization: `Bearer ${token}` }, variables)
    outputs.push(answer.text)
    return answer
  }
}

/** Under another alias each time: what was answered before would not be asked for again. */
let asked = 0
const accounts = (): string => `{ asked${(asked += 1)}: billingAccountsConnection(first: 50) { edges { node { urn name } } } }`
const codesOf = ({ errors = [] }: AccountAnswer): readonly string[] => errors.map(({ extensions }) => extensions.code)

/** Who each call to the edge was made as, by the token that it carried. */
async function callers(): Promise<readonly { readonly login: string | undefined; readonly urns: readonly string[] }[]> {
  const owners = new Map([...issued, ...stack.exchange.calls].map(call => [call.issued, call.login]))
  const calls = await stack.calls()
  return calls.map(({ headers, variables }) => ({
    login: owners.get(headers['authorization']?.replace('Bearer ', '')),
    urns: JSON.stringify(variables).match(/urn:opower:v1:account:[a-z:]+[0-9a-f-]+/g) ?? [],
  }))
}

describe('with a token of each customer’s own', () => {
  it.each(['alice', 'bruno', 'fatima'])('%s has a real operation answered at the edge', async login => {
    const ask = await signIn(login)
    const answer = await ask(operation('account-picker'), { first: 100, onlyActive: true })
    expect(answer.errors).toBeUndefined()
    for (const urn of urnsOf(login)) expect(answer.text).toContain(urn)
    expect(leaksIn(answer.text, login)).toEqual([])
    const calls = await stack.calls()
    expect(calls.length).toBeGreaterThan(0)
    for (const { face, query } of calls) expect([face, query]).toEqual(['edge', expect.stringContaining('billingAccountsConnection')])
  })

  it('the account that the session chooses is asked for by its name, as with the utility’s token', async () => {
    const ask = await signIn('bruno')
    const answer = await ask('{ billingAccountByAuthContext { urn mappedCustomers { uuid } } }')
    expect(answer.data).toMatchObject({ billingAccountByAuthContext: { urn: accountOf('bruno').urn } })
    for (const { query } of await stack.calls()) expect(query).not.toMatch(/billingAccountByAuthContext(?!:)/)
  })

  it('what one operation learned of the accounts’ ids serves the next one of the same customer', async () => {
    const ask = await signIn('carmen')
    const asksIds = async (name: string): Promise<boolean> => {
      await stack.forgetCalls()
      await ask(`{ ${name}: billingAccountByAuthContext { urn mappedCustomers { uuid } } }`)
      return (await stack.calls()).some(({ query }) => query.includes(idsAlias))
    }
    expect([await asksIds('first'), await asksIds('second')]).toEqual([true, false])
  })

  it('customers who ask all at once are each asked for under their own token', async () => {
    const logins = ['alice', 'bruno', 'hanna', 'carmen', 'dora', 'emil', 'sol', 'iris']
    const people = await Promise.all(logins.map(async login => ({ login, ask: await signIn(login) })))
    const rounds = Array.from({ length: 5 }, () => people.map(each => ({ ...each, query: accounts() }))).flat()
    const answers = await Promise.all(rounds.map(async ({ login, ask, query }) => ({ login, answer: await ask(query) })))
    for (const { login, answer } of answers) {
      expect(answer.errors).toBeUndefined()
      expect(answer.text.match(/urn:opower:v1:account:[a-z:]+[0-9a-f-]+/g)).toEqual(urnsOf(login))
      expect(leaksIn(answer.text, login)).toEqual([])
    }
    const seen = await callers()
    expect(new Set(seen.map(({ login }) => login))).toEqual(new Set(logins))
    for (const { login, urns } of seen) for (const urn of urns) expect(urnsOf(login ?? '')).toContain(urn)
    expect(stack.exchange.calls).toHaveLength(logins.length)
  })

  it('joint holders who ask the very same at the same time share neither call, nor answer, nor token', async () => {
    const [alice, hanna] = [await signIn('alice'), await signIn('hanna')]
    const question = accounts()
    await Promise.all([alice(question), hanna(question)])
    expect((await callers()).map(({ login }) => login).sort()).toEqual(['alice', 'hanna'])
    await stack.forgetCalls()
    const another = accounts()
    await alice(another)
    await hanna(another)
    expect((await callers()).map(({ login }) => login)).toEqual(['alice', 'hanna'])
  })

  it('joint holders learn the ids of their account each under their own token', async () => {
    const [alice, hanna] = [await signIn('alice'), await signIn('hanna')]
    const points = (): string =>
      `{ asked${(asked += 1)}: billingAccountsConnection { edges { node { serviceAgreements { servicePoints { uuid } } } } } }`
    expect((await alice(points())).errors).toBeUndefined()
    await stack.forgetCalls()
    expect((await hanna(points())).errors).toBeUndefined()
    expect((await stack.calls()).map(({ query }) => query).join()).toContain('premisesConnection')
    expect(new Set((await callers()).map(({ login }) => login))).toEqual(new Set(['hanna']))
  })

  it('a hundred requests of one customer at once cost one exchange', async () => {
    const ask = await signIn('alice')
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(accounts())))
    expect(answers.flatMap(codesOf)).toEqual([])
    expect(stack.exchange.calls).toHaveLength(1)
  })

  it('a token that the edge no longer believes is dropped, exchanged once, and the query repeated', async () => {
    stack.exchange.edgeSeconds = () => (stack.exchange.calls.length === 1 ? -60 : 1_200)
    const ask = await signIn('bruno')
    expect((await ask(accounts())).errors).toBeUndefined()
    expect(stack.exchange.calls).toHaveLength(2)
    expect((await stack.calls()).map(({ status }) => status)).toEqual([401, 200])
  })

  it('an edge that believes no token is not stormed: one new exchange, and then a coded error', async () => {
    stack.exchange.edgeSeconds = () => -60
    const ask = await signIn('bruno')
    expect(codesOf(await ask(accounts()))).toEqual(['UPSTREAM_UNAVAILABLE'])
    expect(codesOf(await ask(accounts()))).toEqual(['UPSTREAM_UNAVAILABLE'])
    expect(stack.exchange.calls).toHaveLength(2)
  })

  it('what starts something is never sent twice', async () => {
    const ask = await signIn('alice')
    const start = (month: string) => {
      const input = `{ urns: ["${accountOf('alice').urn}"], utilityCode: "nved", format: CSV, timeInterval: "2026-0${month}-01T00:00:00Z/2026-0${month}-20T00:00:00Z" }`
      return ask(`mutation { generateUsageExportFile(usageExportFileConfigurationInput: ${input}) { uuid } }`)
    }
    // The ids that a start asks for, by a query, are known after the first one.
    await start('1')
    await stack.forgetCalls()
    await stack.control('faults', { status: { code: 401, rate: 1 } })
    expect(codesOf(await start('2'))).toEqual(['UPSTREAM_UNAVAILABLE'])
    const sent = (await stack.calls()).map(({ query }) => /^\w+/.exec(query)?.[0])
    expect(sent).toEqual(['mutation'])
  })

  it('reads that only the edge has are not available yet', async () => {
    const ask = await signIn('alice')
    const [account] = accountsOf('alice')
    const agreement = account?.agreements.find(({ active }) => active)
    const ids = { saUuid: agreement?.uuid, spUuid: agreement?.points[0]?.uuid, registerId: 'KWH:NET_USAGE', timeInterval: null }
    const answer = await ask(operation('realtime-registers'), { selectedAccount: account?.urn, ...ids })
    expect(codesOf(answer)).toEqual(['FIELD_NOT_AVAILABLE'])
  })
})

describe('both walls', () => {
  it.each([nobodysUrn, accountOf('bruno').urn])('let nothing in that is not the customer’s own, and exchange nothing for it', async urn => {
    const ask = await signIn('alice')
    const answer = await ask(`{ billingAccountsConnection(byURNs: ["${urn}"]) { edges { node { urn } } } }`)
    expect([answer.status, codesOf(answer)]).toEqual([403, ['ACCOUNT_NOT_IN_SCOPE']])
    expect([await stack.calls(), stack.exchange.calls]).toEqual([[], []])
  })

  it('let nothing out that is not the customer’s own, whatever the edge answers', async () => {
    const ask = await signIn('alice')
    await stack.control('faults', { foreign: ['node'] })
    const answer = await ask(accounts())
    expect(codesOf(answer)).toEqual(['INTERNAL'])
    expect(leaksIn(answer.text, 'alice')).toEqual([])
  })
})

describe('without a token of their own, customers get coded errors and the edge hears of nothing', () => {
  it.each([
    ['does not accept the session', 400, { error: 'invalid_grant' }, 'UPSTREAM_REFUSED'],
    ['does not accept the gateway', 401, { error: 'invalid_client' }, 'UPSTREAM_UNAVAILABLE'],
    ['is down', 503, {}, 'UPSTREAM_UNAVAILABLE'],
    ['redirects', 307, {}, 'UPSTREAM_UNAVAILABLE'],
    ['gives something else', 200, { access_token: 'x', token_type: 'N_A' }, 'UPSTREAM_UNAVAILABLE'],
  ])('when the exchange %s', async (_what, status, body, code) => {
    stack.exchange.answer = response => {
      response.setHeader('location', `${stack.simulatorUrl}/apis/authorization-v1/oauth2/token`)
      reply(response, status, body)
    }
    const ask = await signIn('carmen')
    const [first, second] = [await ask(accounts()), await ask(accounts())]
    expect([codesOf(first), codesOf(second)]).toEqual([[code], [code]])
    expect(stack.exchange.calls).toHaveLength(1)
    expect(await stack.calls()).toEqual([])
  })

  it('when the session is not a good one', async () => {
    const answer = await stack.send(accounts(), { authorization: 'Bearer not.a.session' })
    expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']])
    expect([await stack.calls(), stack.exchange.calls]).toEqual([[], []])
  })

  it('when a browser would keep its session in a cookie', async () => {
    const headers = { authorization: `Bearer ${await stack.tokenOf('alice')}` }
    const response = await fetch(`${stack.gateway.url}/session`, { method: 'POST', headers })
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('BAD_REQUEST')])
    expect(response.headers.get('set-cookie')).toBeNull()
    expect([await stack.calls(), stack.exchange.calls]).toEqual([[], []])
  })
})

describe('the tokens of customers', () => {
  it('are the only ones that go to the edge, and stand in no log, answer, metric or page', async () => {
    stack.exchange.answer = (response, { form }) =>
      reply(response, 400, { error: 'invalid_grant', error_description: form.get('subject_token') })
    const ask = await signIn('sol')
    await ask(accounts())
    outputs.push(await (await fetch(`${stack.gateway.adminUrl}/metrics`)).text())
    for (const page of ['readyz', 'graphql']) outputs.push(await (await fetch(`${stack.gateway.url}/${page}`)).text())
    const all = outputs.join('\n')
    const tokens = issued.flatMap(call => call.issued ?? [])
    expect(tokens.length).toBeGreaterThan(10)
    const secrets = [...tokens, ...sessions, ...formsOf(credentials.id, credentials.secret)]
    expect(secrets.filter(secret => all.includes(secret))).toEqual([])
    expect(all).toContain('no account token for a customer')
    expect(all).toContain('substation_token_calls_total{result="refused"}')
  })
})
