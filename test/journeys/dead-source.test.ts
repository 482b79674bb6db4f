import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { nowhere, setFaults } from '../sources/mesh-of.js'
import type { GraphqlAnswer, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import type { Upstream } from '../support/upstream.js'
import { startUpstream } from '../support/upstream.js'
import { leaksIn } from './people.js'

const query = `{
  billingAccountByAuthContext {
    name
    balance { amount }
    premisesConnection(first: 5) { edges { node { uuid outages { outageId } } } }
    serviceAgreements(onlyActive: true) { serviceType tariff { code } }
  }
  serviceAppointments { appointmentId }
  tariffPlans { code }
  areaOutages(areaCode: "13661") { areaOutageId }
}`

/** What each source brings into the answer above, by path. */
const places = {
  outages: ['billingAccountByAuthContext.premisesConnection.edges.0.node.outages', 'areaOutages'],
  billing: ['billingAccountByAuthContext.balance'],
  orders: ['serviceAppointments'],
  tariffs: [
    'billingAccountByAuthContext.serviceAgreements.0.tariff',
    'billingAccountByAuthContext.serviceAgreements.1.tariff',
    'tariffPlans',
  ],
} as const
type Name = keyof typeof places
const names = Object.keys(places) as readonly Name[]

/** An address where nothing listens, in the form of each setting. */
const nobody: Readonly<Record<Name, Readonly<Record<string, string>>>> = {
  outages: { OUTAGES_URL: nowhere },
  billing: { BILLING_URL: 'postgres://gateway@127.0.0.1:9/postgres' },
  orders: { ORDERS_URL: `${nowhere}/field-service` },
  tariffs: { TARIFFS_URL: `${nowhere}/graphql` },
}

/** The answer without what one source brings. */
function without(name: Name, whole: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(whole))
  for (const place of places[name]) {
    const keys = place.split('.')
    const parent = keys.slice(0, -1).reduce<unknown>((value, key) => Reflect.get(Object(value), key), copy)
    Reflect.set(Object(parent), keys.at(-1) ?? '', null)
  }
  return copy
}

/** Each error has a path and a code, and nothing else that anybody could read a source from. */
function assertFails({ errors, text, status }: GraphqlAnswer, name: Name, code: string): void {
  expect(status).toBe(200)
  expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions]).sort()).toEqual(
    places[name].map(place => [place, { code }]).sort(),
  )
  expect(leaksIn(text, 'bruno')).toEqual([])
  expect(text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|Maintenance|soon/)
}

const soap = 'http://schemas.xmlsoap.org/soap/envelope/'

/** A query of its own for each case: nothing comes from what was answered before. */
let asked = 0
const fresh = (): string => query.replace('name', `name case${(asked += 1)}: name`)
const bare = (data: unknown): unknown =>
  JSON.parse(JSON.stringify(data), (key, value: unknown) => (/^case\d+$/.test(key) ? undefined : value))

describe('a source that is down', () => {
  let stack: Stack
  let origins: Readonly<Record<Name, string>>
  let whole: unknown
  beforeAll(async () => {
    stack = await startStack({ withSources: true, env: { UPSTREAM_TIMEOUT_MS: '1500' } })
    const { sources } = stack
    if (sources === undefined) throw new TypeError('expected the sources to run')
    origins = { ...sources.origins, billing: sources.controlUrl }
    const answer = await stack.ask('bruno', fresh())
    expect(answer.errors).toBeUndefined()
    whole = bare(answer.data)
  }, 240_000)
  afterEach(async () => void (await Promise.all(names.map(name => setFaults(origins[name], {})))))
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
  })

  it.each(names)('takes nothing along but what it brings: %s at run time', async name => {
    await setFaults(origins[name], { down: true })
    const answer = await stack.ask('bruno', fresh())
    assertFails(answer, name, 'UPSTREAM_UNAVAILABLE')
    expect(bare(answer.data)).toEqual(without(name, whole))
    await setFaults(origins[name], {})
    expect(bare((await stack.ask('bruno', fresh())).data)).toEqual(whole)
  })

  it.each(names)('is no source of pages: %s with HTML and a good status', async name => {
    await setFaults(origins[name], { html: true })
    const answer = await stack.ask('bruno', fresh())
    assertFails(answer, name, 'UPSTREAM_UNAVAILABLE')
    expect(bare(answer.data)).toEqual(without(name, whole))
  })

  it.each(['outages', 'orders', 'tariffs'] as const)(
    'does not keep the rest waiting beyond its time: %s',
    async name => {
      await setFaults(origins[name], { slow: { ms: 20_000 } })
      const startedAt = performance.now()
      const answer = await stack.ask('bruno', fresh())
      assertFails(answer, name, 'UPSTREAM_TIMEOUT')
      expect(bare(answer.data)).toEqual(without(name, whole))
      // What is asked beside Opower, and then what joins it.
      expect(performance.now() - startedAt).toBeLessThan(2 * 1_500 + 6_000)
    },
    30_000,
  )

  it('does not keep the rest waiting beyond its time: billing, which has limits of its own', async () => {
    await setFaults(origins.billing, { slow: { ms: 20_000 } })
    const answer = await stack.ask('bruno', fresh())
    assertFails(answer, 'billing', 'UPSTREAM_TIMEOUT')
    expect(bare(answer.data)).toEqual(without('billing', whole))
  }, 15_000)
})

describe('a source that was down at the start', () => {
  it.each(names)(
    'takes nothing along but what it brings: %s',
    async name => {
      await using stack = await startStack({ withSources: true, env: nobody[name] })
      const answer = await stack.ask('bruno', fresh())
      assertFails(answer, name, 'UPSTREAM_UNAVAILABLE')
      expect(bare(answer.data)).toEqual(without(name, bare(answer.data)))
      expect((await fetch(`${stack.gateway.url}/readyz`)).status).toBe(200)
    },
    30_000,
  )

  it('may be all of them: what Opower has is answered', async () => {
    await using stack = await startStack({ env: Object.assign({}, ...Object.values(nobody)) as Record<string, string> })
    const answer = await stack.ask('bruno', fresh())
    expect(answer.errors?.map(({ path }) => path?.join('.')).sort()).toEqual(Object.values(places).flat().sort())
    expect(answer.data).toMatchObject({ billingAccountByAuthContext: { name: expect.any(String) } })
  })
})

describe('a source that answers nonsense', () => {
  const words = 'canary of a source'
  const failed = JSON.stringify({ message: words, path: [words], extensions: { code: 'BAD_USER_INPUT', at: words } })
  const upstreams: Upstream[] = []
  let stack: Stack
  let whole: unknown
  beforeAll(async () => {
    upstreams.push(...(await Promise.all([startUpstream(), startUpstream(), startUpstream()])))
    const [outages = '', orders = '', tariffs = ''] = upstreams.map(({ origin }) => origin)
    stack = await startStack({
      withSources: true,
      env: { OUTAGES_URL: outages, ORDERS_URL: `${orders}/field-service`, TARIFFS_URL: `${tariffs}/graphql` },
    })
    whole = bare((await stack.ask('bruno', fresh())).data)
  }, 240_000)
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await Promise.all(upstreams.map(upstream => upstream.close()))
  })

  it.each([
    ['a page', 'text/html', `<html>${words}</html>`],
    ['a text where JSON or XML belongs', 'text/plain', words],
    ['nothing', 'application/json', ''],
    ['null', 'application/json', 'null'],
    ['a text in JSON', 'application/json', `"${words}"`],
    ['an object of another kind', 'application/json', `{"${words}":"${words}"}`],
    ['data without what was asked', 'application/json', '{"data":{}}'],
    ['a list for data', 'application/json', `{"data":["${words}"]}`],
    ['errors without data', 'application/json', `{"errors":[${failed}]}`],
    ['errors in place of data', 'application/json', `{"data":null,"errors":[${failed}]}`],
    ['errors that are no list', 'application/json', `{"errors":"${words}"}`],
    ['rows of another kind', 'application/json', `["${words}",7,null,{"areaOutageId":{"a":"${words}"}}]`],
    ['an object where rows belong', 'application/json', `{"data":{"tariffPlans":{"code":"${words}"}}}`],
    ['an envelope of something else', 'text/xml', `<s:Envelope xmlns:s="${soap}"><s:Body><x>${words}</x></s:Body></s:Envelope>`],
    [
      'a fault',
      'text/xml',
      `<s:Envelope xmlns:s="${soap}"><s:Body><s:Fault><faultcode>${words}</faultcode></s:Fault></s:Body></s:Envelope>`,
    ],
  ])('fails with a code at its places and tells none of it: %s', async (_what, type, body) => {
    for (const upstream of upstreams) upstream.answer = response => response.writeHead(200, { 'content-type': type }).end(body)
    const answer = await stack.ask('bruno', fresh())
    expect(answer.status).toBe(200)
    expect(answer.text).not.toContain(words)
    const failing = (['outages', 'orders', 'tariffs'] as const).flatMap(name => places[name])
    const paths = answer.errors?.map(({ path = [] }) => path.join('.')) ?? []
    for (const place of failing) expect([place, paths.filter(path => `${path}.`.startsWith(`${place}.`)).length > 0]).toEqual([place, true])
    expect(paths.filter(path => !failing.some(place => `${path}.`.startsWith(`${place}.`)))).toEqual([])
    for (const { extensions } of answer.errors ?? [])
      expect(extensions).toEqual({ code: expect.stringMatching(/^UPSTREAM_(UNAVAILABLE|REFUSED)$/) })
    expect(answer.data).toMatchObject({
      billingAccountByAuthContext: { balance: Reflect.get(Object(whole), 'billingAccountByAuthContext').balance },
    })
  })
})
