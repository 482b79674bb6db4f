import { describe, expect, it } from '@jest/globals'
import { setImmediate } from 'node:timers/promises'
import { createYoga } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'
import { AnswerCache } from '../../src/server/answer-cache.js'
import type { PreparedOperation } from '../../src/server/prepare-operation.js'
import { useScopedCache } from '../../plugins/scoped-cache.js'
import { createScope } from '../../src/accounts/scope.js'
import type { CacheRules } from '../../src/cache/cache-rules.js'
import type { Pressure } from '../../src/cache/freshness.js'
import type { GatewayErrorCode } from '../../src/errors.js'
import { faultAt, refusal } from '../../src/errors.js'
import type { Session } from '../../src/session/session.js'
import { planOf, servedSchema } from '../plan/customer-graph.js'
import { bindPlan, now, ownUrn } from '../plan/run-plan.js'

const name = '{ billingAccountByAuthContext { name } }'
const rules: CacheRules = { 'Query.billingAccountByAuthContext': { seconds: 60, staleWhileRevalidate: 60, staleIfError: 600 } }

describe('an answer past its time', () => {
  it('is fetched anew by calls that say that nobody waits for them, while the first ones said no such thing', async () => {
    const cache = await createCache()
    await cache.ask()
    cache.passes(61)
    await cache.ask()
    await cache.untilExecuted(2)
    expect(cache.purposes).toEqual([null, 'prefetch'])
  })

  it('says what became of each request in a header, where that is wanted', async () => {
    const cache = await createCache({ isShown: true })
    const shown = [(await cache.ask()).header, (await cache.ask()).header]
    cache.passes(61)
    shown.push((await cache.ask()).header)
    await cache.untilExecuted(2)
    shown.push((await cache.ask()).header)
    expect(shown).toEqual(['miss', 'hit', 'stale', 'hit'])
    expect((await (await createCache()).ask()).header).toBeNull()
  })

  it('stands in for what fails for the moment, and for nothing that was refused or is our own fault', async () => {
    const outcomes: Partial<Record<GatewayErrorCode, boolean>> = {}
    const codes = [
      'UPSTREAM_UNAVAILABLE',
      'UPSTREAM_TIMEOUT',
      'UPSTREAM_BUDGET_EXHAUSTED',
      'UPSTREAM_REFUSED',
      'ACCOUNT_NOT_IN_SCOPE',
      'INTERNAL',
    ] as const
    for (const code of codes) {
      const cache = await createCache()
      await cache.ask()
      cache.passes(200)
      cache.answers = () => {
        throw refusal(code)
      }
      outcomes[code] = (await cache.ask()).age === 200
    }
    expect(outcomes).toEqual({
      UPSTREAM_UNAVAILABLE: true,
      UPSTREAM_TIMEOUT: true,
      UPSTREAM_BUDGET_EXHAUSTED: true,
      UPSTREAM_REFUSED: false,
      ACCOUNT_NOT_IN_SCOPE: false,
      INTERNAL: false,
    })
  })

  it('does not stand in for an answer of which a part came', async () => {
    const cache = await createCache()
    await cache.ask()
    cache.passes(200)
    const fault = faultAt(['b'], 'UPSTREAM_UNAVAILABLE')
    cache.answers = () => ({ data: { a: 1, b: null }, errors: [fault] })
    expect((await cache.ask()).text).toContain('"a":1')
    cache.answers = () => ({ data: { a: null, b: null }, errors: [fault] })
    expect((await cache.ask()).age).toBe(200)
  })

  it('is never kept as if it were new: it grows older until a new one is there', async () => {
    const cache = await createCache()
    await cache.ask()
    cache.answers = () => {
      throw refusal('UPSTREAM_UNAVAILABLE')
    }
    const ages: (number | undefined)[] = []
    for (const seconds of [130, 200, 300, 40]) {
      cache.passes(seconds)
      ages.push((await cache.ask()).age)
    }
    expect(ages).toEqual([130, 330, 630, undefined])
  })

  it('may be older the scarcer calls are, and is then not even asked for anew', async () => {
    const cache = await createCache()
    await cache.ask()
    cache.passes(130)
    cache.pressure = 1
    expect((await cache.ask()).age).toBe(130)
    await cache.untilExecuted(2)
    cache.passes(250)
    cache.pressure = 2
    expect((await cache.ask()).age).toBe(250)
    for (let turn = 0; turn < 20; turn += 1) await setImmediate()
    expect(cache.executed).toBe(2)
    cache.pressure = 0
    expect((await cache.ask()).age).toBeUndefined()
    expect(cache.executed).toBe(3)
  })

  it('lives by the factor that the operator set: nothing is kept at 0, twice as long at 2', async () => {
    const none = await createCache({ ttlScale: 0 })
    await none.ask()
    await none.ask()
    expect(none.executed).toBe(2)
    const twice = await createCache({ ttlScale: 2 })
    await twice.ask()
    twice.passes(119)
    expect([(await twice.ask()).age, twice.executed]).toEqual([undefined, 1])
  })

  it('is told apart by what wall one made of the same variables', async () => {
    const cache = await createCache()
    await cache.ask()
    await cache.ask({ _gwArg0: '2026-01-01T00:00:00Z/2026-02-01T00:00:00Z' })
    await cache.ask({ _gwArg0: '2026-01-01T00:00:00Z/2026-01-15T00:00:00Z' })
    expect(cache.executed).toBe(3)
  })
})

interface Answered {
  readonly text: string
  readonly age: number | undefined
  readonly header: string | null
}

/** The cache before an execution that makes one call and counts itself. */
async function createCache(options: { readonly isShown?: boolean; readonly ttlScale?: number } = {}) {
  const prepared = new WeakMap<object, PreparedOperation>()
  const operation = await preparedOperation()
  let clock = now
  let more: Record<string, unknown> = {}
  const state = {
    executed: 0,
    pressure: 0 as Pressure,
    purposes: [] as (string | null)[],
    answers: (): object => ({ data: { billingAccountByAuthContext: { name: 'A' } } }),
    passes: (seconds: number): void => void (clock += seconds * 1_000),
    async untilExecuted(count: number) {
      while (state.executed < count) await setImmediate()
      await setImmediate()
    },
    async ask(variables: Record<string, unknown> = {}): Promise<Answered> {
      more = variables
      const response = await yoga.fetch('http://gateway/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: name }),
      })
      const text = await response.text()
      const { extensions } = JSON.parse(text) as { extensions?: { substation?: { stale?: { ageSeconds: number } } } }
      return { text, age: extensions?.substation?.stale?.ageSeconds, header: response.headers.get('x-cache') }
    },
  }
  const prepare: Plugin = {
    onExecute({ args, setExecuteFn }) {
      const context = args.contextValue as { fetch?: (...call: unknown[]) => Promise<unknown> }
      const { bound } = operation
      prepared.set(context, { ...operation, bound: { ...bound, variables: { ...bound.variables, ...more } } })
      context.fetch = async (_url, _init, own) => {
        const { request } = own as { request: Request }
        state.purposes.push(request.headers.get('sec-purpose'))
      }
      setExecuteFn(async () => {
        await context.fetch?.('http://source', { body: '{}' }, context, {})
        state.executed += 1
        return state.answers()
      })
    },
  }
  const cache = useScopedCache({
    answers: new AnswerCache({ rules, now: () => clock, stampOf: () => '', pressure: () => state.pressure, ...options }),
    prepared,
    onLookup: () => undefined,
    ...options,
  })
  const yoga = createYoga({ schema: servedSchema, maskedErrors: false, logging: false, plugins: [prepare, cache] })
  return state
}

const foundation = { stands: () => true }

async function preparedOperation(): Promise<PreparedOperation> {
  const session: Session = {
    subject: { issuer: 'https://issuer.example', sub: 'alice' },
    login: 'alice',
    utilityCode: 'nved',
    expiresAt: now,
    claims: {},
  }
  const scope = createScope(session, { grants: [{ urn: ownUrn, role: 'holder' }], version: '1' }, now)
  return { ...planOf(name), bound: await bindPlan({ query: name }), selectedEntities: undefined, foundation, customer: { session, scope } }
}
