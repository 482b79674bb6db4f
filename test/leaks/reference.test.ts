import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { accountOf, nobodysUuid, urnsOf } from '../journeys/people.js'
import { servedSchema } from '../plan/customer-graph.js'
import type { SeenCall, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { faultsOfAnswer, readTold } from './judge-answer.js'
import { faultsOfOpowerCall, faultsOfSourceCall } from './judge-calls.js'
import { entitlementOf } from './policy.js'

const now = Date.parse('2026-11-10T17:00:00Z')

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ now: () => now })
})
afterEach(() => stack.control('faults', {}))
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

const reads = (during: string): string =>
  `uuid r: readStreams(timeInterval: "${during}", readResolution: HOUR) { netUsage { reads { timeInterval measuredAmount { value } } } }`
const october = '2026-10-01T04:00:00Z/2026-10-03T04:00:00Z'
const whole = (urn: string, during = october): string => `{ billingAccountsConnection(byURNs: ["${urn}"]) { edges { node {
  name a: bills(last: 1) { timeInterval segments { serviceAgreement { uuid } serviceQuantities { utilityServiceQuantityIdentifier } } }
  premisesConnection { edges { node { uuid address { addressLines } } } }
  serviceAgreements { uuid servicePoints { ${reads(during)} } }
  billForecast { p: priorYearUsage { value } }
} } } }`

/** What the hub itself answers, judged as if the gateway had passed it on to somebody. */
async function judged(login: string, query: string): Promise<readonly string[]> {
  const { status, text } = await stack.askUpstream(query)
  const answered = { query, operationName: undefined, sent: query, status, headers: '', text }
  return faultsOfAnswer(answered, readTold(answered, servedSchema), entitlementOf(login), now)
}

describe('the reference, shown what the hub answers without any wall', () => {
  it.each(['alice', 'hanna', 'agnes', 'carmen'])('has nothing to say of an account of %s', async login => {
    expect(await judged(login, whole(urnsOf(login === 'agnes' ? 'alice' : login)[0] ?? ''))).toEqual([])
  })

  it.each(['node', 'edge', 'segment', 'premise', 'point', 'error'])('notices somebody else’s data in the place of a %s', async place => {
    await stack.control('faults', { foreign: [place] })
    expect(await judged('alice', whole(accountOf('alice').urn))).not.toEqual([])
  })

  it('notices whoever lived there before, by the digits, the time and last year’s use', async () => {
    const faults = await judged('emil', whole(accountOf('emil').urn, '2026-03-20T04:00:00Z/2026-03-22T04:00:00Z'))
    expect(faults.some(fault => fault.includes(`${accountOf('dora').canaries.reads} (Dora`))).toBe(true)
    expect(faults.some(fault => /^ServiceQuantityRead\.timeInterval 2026-03-20.* lies outside of the own time$/.test(fault))).toBe(true)
  })

  it('notices what an adviser is told of a person, of the year before, and of last year’s use', async () => {
    const faults = await judged('theo', whole(accountOf('alice').urn, '2025-12-20T05:00:00Z/2025-12-22T05:00:00Z'))
    expect(faults.some(fault => fault.startsWith(`told of ${accountOf('alice').canaries.name.toLowerCase()} `))).toBe(true)
    expect(faults.some(fault => fault.startsWith('ServiceQuantityRead.timeInterval 2025-12-20'))).toBe(true)
    expect(faults).toContain("BillForecast.priorYearUsage is of somebody else's year")
  })
})

describe('the reference, shown calls that a gateway might make', () => {
  const id = 'leak-1-emil'
  const askers = new Map([[id, { who: entitlementOf('emil') }]])
  const call = (query: string, variables: Record<string, unknown>): SeenCall => ({
    kind: 'graphql',
    operationName: null,
    query,
    variables,
    headers: { 'x-request-id': id },
    status: 200,
  })
  const query = `query ($u: [ID!], $t: TimeInterval) { a: billingAccountsConnection(byURNs: $u) { edges { node { serviceAgreements {
    servicePoints { readStreams(timeInterval: $t) { timeInterval } } } } } } }`
  const u = urnsOf('emil')
  const t = '2026-05-01T04:00:00Z/2026-05-02T04:00:00Z'

  it('has nothing to say of one for the own account in the own time', () => {
    expect(faultsOfOpowerCall(call(query, { u, t }), askers, new Map())).toEqual([])
  })

  it.each([
    ['names another account', { u: urnsOf('dora'), t }],
    ['names another account as well', { u: [...u, ...urnsOf('dora')], t }],
    ['leaves the accounts out', { t }],
    ['leaves them empty', { u: [], t }],
    ['begins before the own time', { u, t: '2026-04-10T04:00:00Z/2026-05-02T04:00:00Z' }],
  ])('notices one that %s', (_what, variables) => {
    expect(faultsOfOpowerCall(call(query, variables), askers, new Map())).not.toEqual([])
  })

  it('notices one for somebody else’s job, and one that nobody asked for', () => {
    const job = call('query ($j: ID!) { exportJob(jobUuid: $j) { result } }', { j: nobodysUuid })
    expect(faultsOfOpowerCall(job, askers, new Map([[nobodysUuid, 'emil']]))).toEqual([])
    expect(faultsOfOpowerCall(job, askers, new Map([[nobodysUuid, 'dora']]))).not.toEqual([])
    expect(faultsOfOpowerCall({ ...job, headers: {} }, askers, new Map())).not.toEqual([])
  })

  it('notices ids and times of others in what the utility’s own systems are asked', () => {
    const headers = { 'x-request-id': id }
    const outages = (premise: string, during: string) => ({
      source: 'outages',
      what: `GET /outages?premiseIds=${premise}&during=${encodeURIComponent(during)}`,
      body: '',
      headers,
    })
    const own = accountOf('emil').premises[0]?.premise.uuid ?? ''
    expect(faultsOfSourceCall(outages(own, t), askers)).toEqual([])
    expect(faultsOfSourceCall(outages(accountOf('alice').premises[0]?.premise.uuid ?? '', t), askers)).not.toEqual([])
    expect(faultsOfSourceCall(outages(own, '2026-03-01T05:00:00Z/2026-05-02T04:00:00Z'), askers)).not.toEqual([])
    const order = { source: 'orders', what: 'POST /field-service', body: `<id>${accountOf('alice').utilityId}</id>`, headers }
    expect(faultsOfSourceCall(order, askers)).not.toEqual([])
  })
})
