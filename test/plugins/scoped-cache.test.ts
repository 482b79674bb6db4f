import { describe, expect, it } from '@jest/globals'
import { GraphQLError } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'
import { AnswerCache } from '../../src/server/answer-cache.js'
import type { PreparedOperation } from '../../src/server/prepare-operation.js'
import { useScopedCache } from '../../plugins/scoped-cache.js'
import type { Grant } from '../../src/accounts/grant.js'
import { createScope } from '../../src/accounts/scope.js'
import { timeToLive } from '../../src/cache/time-to-live.js'
import { opowerCacheRules } from '../../src/opower/cache-rules.js'
import type { Session } from '../../src/session/session.js'
import { planOf, servedSchema } from '../plan/customer-graph.js'
import { bindPlan, foreignUrn, now, ownUrn } from '../plan/run-plan.js'

const name = '{ billingAccountByAuthContext { name } }'
const own: readonly Grant[] = [{ urn: ownUrn, role: 'holder' }]

describe('what is kept', () => {
  it('is executed once for one scope, whoever of it asks', async () => {
    const cache = createCache()
    expect(await cache.ask('alice', own, name)).toEqual(await cache.ask('hanna', own, name))
    expect([cache.executed, cache.lookups]).toEqual([1, ['miss', 'hit']])
  })

  it.each<[string, readonly Grant[]]>([
    ['other accounts', [{ urn: foreignUrn, role: 'holder' }]],
    ['more accounts', [...own, { urn: foreignUrn, role: 'holder' }]],
    ['no accounts', []],
    ['another role', [{ urn: ownUrn, role: 'household' }]],
    ['another time', [{ urn: ownUrn, role: 'holder', dataFrom: now - 1_000 }]],
    ['an earlier end', [{ urn: ownUrn, role: 'holder', dataUntil: now }]],
  ])('is not for %s', async (_what, grants) => {
    const cache = createCache()
    const [mine, theirs] = [await cache.ask('alice', own, name), await cache.ask('alice', grants, name)]
    expect([cache.executed, mine === theirs]).toEqual([2, false])
  })

  it('is not for accounts in another order, since pages follow it', async () => {
    const cache = createCache()
    const two: readonly Grant[] = [...own, { urn: foreignUrn, role: 'holder' }]
    await cache.ask('alice', two, '{ billingAccountsConnection { totalCount } }')
    await cache.ask('alice', [...two].reverse(), '{ billingAccountsConnection { totalCount } }')
    expect(cache.executed).toBe(2)
  })

  it('belongs to the person where it tells who is asking', async () => {
    const cache = createCache()
    await cache.ask('alice', own, '{ viewer { login account(urn: "x") { name } } }')
    await cache.ask('hanna', own, '{ viewer { login account(urn: "x") { name } } }')
    expect(cache.executed).toBe(2)
  })

  it('is another answer when the mapping, the chosen account or what is known of an account changes', async () => {
    const cache = createCache()
    await cache.ask('alice', own, name)
    await cache.ask('alice', own, name, { version: '2' })
    await cache.ask('alice', own, name, { selectedEntities: ownUrn })
    await cache.ask('alice', own, name, { stamp: 'forget' })
    expect(cache.executed).toBe(4)
    await cache.ask('alice', own, name)
    expect(cache.executed).toBe(4)
  })

  it.each<[string, object]>([
    ['an error', { errors: [new GraphQLError('no')] }],
    ['data with an error beside it', { data: { billingAccountByAuthContext: null }, errors: [new GraphQLError('no')] }],
  ])('is never %s', async (_what, answer) => {
    const cache = createCache()
    await cache.ask('alice', own, name, { answer })
    await cache.ask('alice', own, name)
    expect(cache.executed).toBe(2)
  })

  it('is never a mutation, a running job, or what no rule speaks of', async () => {
    const cache = createCache({})
    for (const _time of [1, 2]) await cache.ask('alice', own, name)
    expect([cache.executed, cache.lookups]).toEqual([2, []])
  })

  it('ends when its time is over', async () => {
    const cache = createCache({ 'Query.billingAccountByAuthContext': { seconds: 60 } })
    await cache.ask('alice', own, name)
    cache.passes(59)
    await cache.ask('alice', own, name)
    expect(cache.executed).toBe(1)
    cache.passes(1)
    await cache.ask('alice', own, name)
    expect(cache.executed).toBe(2)
  })

  it('is never looked for before an operation is prepared: without one there is no answer at all', async () => {
    const yoga = createYoga({ schema: servedSchema, maskedErrors: false, logging: false, plugins: [cachePlugin(new WeakMap())] })
    const answer = await (await post(yoga, name)).text()
    expect(answer).toContain('INTERNAL')
    expect(answer).not.toContain('"name"')
  })
})

describe('how long an answer is kept', () => {
  const [minute, hour] = [60_000, 3_600_000]
  const reads = (during: string) =>
    `{ billingAccountByAuthContext { serviceAgreements { servicePoints { readStreams(timeInterval: "${during}") { netUsage { unit } } } } } }`
  const bills = (during: string) => `{ billingAccountByAuthContext { bills(during: "${during}") { urn } } }`
  it.each<[string, string, number]>([
    ['what an account is', name, 4 * hour],
    ['its agreements', '{ billingAccountsConnection { edges { node { serviceAgreements { uuid } } } } }', hour],
    [
      'the range of its registers',
      '{ billingAccountByAuthContext { serviceAgreements { servicePoints { registers { availableReadsTimeInterval } } } } }',
      15 * minute,
    ],
    ['reads that are settled, whatever holds them', reads('2026-11-01T00:00:00Z/2026-11-07T17:00:00Z'), 7 * 24 * hour],
    ['reads that may still change', reads('2026-11-01T00:00:00Z/2026-11-07T17:00:01Z'), 5 * minute],
    [
      'the newest reads',
      '{ billingAccountByAuthContext { serviceAgreements { servicePoints { readStreams { timeInterval } } } } }',
      5 * minute,
    ],
    ['bills that are settled, whatever holds them', bills('2024-01-01/2025-01-01'), 7 * 24 * hour],
    ['bills that may still change', bills('2025-01-01/2026-11-10'), hour],
    ['the bill in progress', '{ billingAccountByAuthContext { name billForecast { currentDateTime } } }', 5 * minute],
    [
      'the shortest of several',
      `{ a: billingAccountByAuthContext { name } b: billingAccountByAuthContext { billForecast { currentDateTime } } }`,
      5 * minute,
    ],
    ['a job', '{ exportJob(jobUuid: "x") { isRunning } }', 0],
    ['a job beside what lasts', '{ billingAccountByAuthContext { name } exportJob(jobUuid: "x") { isRunning } }', 0],
    ['the schema', '{ __schema { types { name } } }', 0],
  ])('%s', (_what, query, expected) => {
    const { plan, variables } = planOf(query)
    expect(timeToLive({ rules: opowerCacheRules, roots: plan.roots, variables, now, settlingDays: 3 })).toBe(expected)
  })
})

interface Asking {
  readonly version?: string
  readonly selectedEntities?: string
  readonly stamp?: string
  readonly answer?: object
}

/** The cache before an execution that counts itself, behind a step that prepares what the test says. */
function createCache(rules = opowerCacheRules) {
  const prepared = new WeakMap<object, PreparedOperation>()
  const state = { executed: 0, lookups: [] as string[], stamp: '', now }
  let next: { operation: PreparedOperation; answer: object | undefined } | undefined
  const prepare: Plugin = {
    onExecute({ args, setExecuteFn }) {
      if (next === undefined) return
      const { operation, answer } = next
      prepared.set(Object(args.contextValue), operation)
      setExecuteFn(() => answer ?? { data: { executed: ++state.executed } })
      if (answer !== undefined) state.executed++
    },
  }
  const cache = useScopedCache({
    answers: new AnswerCache({ rules, now: () => state.now, stampOf: () => state.stamp }),
    prepared,
    onLookup: result => state.lookups.push(result),
  })
  const yoga = createYoga({ schema: servedSchema, maskedErrors: false, logging: false, plugins: [prepare, cache] })
  return {
    get executed() {
      return state.executed
    },
    get lookups() {
      return state.lookups
    },
    passes: (seconds: number) => void (state.now += seconds * 1_000),
    async ask(
      login: string,
      grants: readonly Grant[],
      query: string,
      { version = '1', selectedEntities, stamp = '', answer }: Asking = {},
    ) {
      state.stamp = stamp
      next = { operation: await preparedFor(login, grants, query, version, selectedEntities), answer }
      return (await post(yoga, query)).text()
    },
  }
}

async function preparedFor(
  login: string,
  grants: readonly Grant[],
  query: string,
  version: string,
  selectedEntities?: string,
): Promise<PreparedOperation> {
  const session: Session = {
    subject: { issuer: 'https://issuer.example', sub: login },
    login,
    utilityCode: 'nved',
    expiresAt: now,
    claims: {},
  }
  const bound = await bindPlan({ query: name })
  return {
    ...planOf(query),
    bound,
    selectedEntities,
    foundation: { stands: () => true },
    customer: { session, scope: createScope(session, { grants, version }, now) },
  }
}

function cachePlugin(prepared: WeakMap<object, PreparedOperation>) {
  return useScopedCache({ answers: new AnswerCache({ rules: opowerCacheRules, stampOf: () => '' }), prepared, onLookup: () => undefined })
}

async function post(yoga: { fetch(url: string, init: RequestInit): Response | Promise<Response> }, query: string): Promise<Response> {
  return yoga.fetch('http://gateway/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
}
