import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { appointmentsOf, customerIdOf } from '../../simulator/sources/orders/appointments.js'
import { callsOf, forgetCalls, setFaults } from '../sources/mesh-of.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { accountOf, accountsOf, leaksIn } from './people.js'

const now = Date.parse('2026-11-01T12:00:00Z')
let stack: Stack
let orders: string

beforeAll(async () => {
  stack = await startStack({ withSources: true, now: () => now })
  orders = stack.sources?.origins.orders ?? ''
}, 240_000)
beforeEach(async () => {
  await Promise.all([stack.forgetCalls(), forgetCalls(orders)])
})
afterEach(() => setFaults(orders, {}))
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

interface Affected {
  readonly outageId: string
  readonly affectedAccounts: readonly { readonly urn: string; readonly name: string }[]
}

const affectedIn = (data: unknown): readonly Affected[] => (data as { outages: readonly Affected[] }).outages
const affected = '{ outages { outageId affectedAccounts { urn name } } }'

describe('the accounts that an outage affects', () => {
  it.each(['bruno', 'dora', 'emil', 'hanna'])('are those of the customer alone, who was there at the time: %s', async login => {
    const answer = await stack.ask(login, affected)
    expect(answer.errors).toBeUndefined()
    const outages = affectedIn(answer.data)
    expect(outages.length).toBeGreaterThan(0)
    const { urn, name } = accountOf(login)
    for (const { affectedAccounts } of outages) expect(affectedAccounts).toEqual([{ urn, name }])
    expect(leaksIn(answer.text, login)).toEqual([])
  })

  it('of a landlord are each outage’s own, in one call to Opower beside the one for the ids', async () => {
    const answer = await stack.ask('fatima', '{ outages { premiseId affectedAccounts { urn } } }')
    expect(answer.errors).toBeUndefined()
    const { outages } = answer.data as { outages: { premiseId: string; affectedAccounts: { urn: string }[] }[] }
    expect(outages.length).toBeGreaterThan(1)
    for (const { premiseId, affectedAccounts } of outages) {
      const own = accountsOf('fatima').filter(({ premises }) => premises.some(({ premise }) => premise.uuid === premiseId))
      expect(affectedAccounts.map(({ urn }) => urn)).toEqual(own.map(({ urn }) => urn))
    }
    expect(await stack.calls()).toHaveLength(2)
  })

  it('are found below a premise too, whichever account led there, and are joined on', async () => {
    const node = 'node { outages { affectedAccounts { urn balance { amount } serviceAgreements(onlyActive: true) { tariff { code } } } } }'
    const answer = await stack.ask('bruno', `{ billingAccountByAuthContext { premisesConnection { edges { ${node} } } } }`)
    expect(answer.errors).toBeUndefined()
    const text = JSON.stringify(answer.data)
    expect(text).toContain(`"affectedAccounts":[{"urn":"${accountOf('bruno').urn}","balance":{"amount":`)
    expect(text).toMatch(/"tariff":\{"code":"/)
    expect(await stack.calls()).toHaveLength(2)
  })

  it('are no way around the rule that reads are asked for in one wording: refused without a call', async () => {
    const reads = (resolution: string): string =>
      `readStreams(timeInterval: "2026-10-01T00:00:00Z/2026-10-02T00:00:00Z", readResolution: ${resolution}) { timeInterval }`
    const point = `servicePoints { a: ${reads('HOUR')} b: ${reads('DAY')} }`
    const answer = await stack.ask('bruno', `{ outages { affectedAccounts { serviceAgreements { ${point} } } } }`)
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'OPERATION_TOO_COSTLY'])
    expect(await stack.calls()).toEqual([])
  })

  it('cannot be asked for round and round', async () => {
    const round = (inner: string): string =>
      `affectedAccounts { urn premisesConnection { edges { node { outages { outageId ${inner} } } } } }`
    const aliases = Array.from({ length: 8 }, (_none, at) => `a${at}: affectedAccounts { urn }`).join(' ')
    const wide = await stack.ask('bruno', `{ outages { ${aliases} } }`)
    const deep = await stack.ask('bruno', `{ outages { ${round(round(round(round(''))))} } }`)
    for (const { status, errors } of [wide, deep]) expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'OPERATION_TOO_COSTLY'])
    expect(await stack.calls()).toEqual([])
  })
})

interface Orders {
  readonly urn: string
  readonly serviceOrders: readonly { readonly appointmentId: string; readonly customerId: string }[] | null
}

const ordersOf = (data: unknown): readonly Orders[] =>
  (data as { billingAccountsConnection: { edges: readonly { node: Orders }[] } }).billingAccountsConnection.edges.map(({ node }) => node)
const serviceOrders = '{ billingAccountsConnection(first: 45) { edges { node { urn serviceOrders { appointmentId customerId } } } } }'

describe('an account’s service orders', () => {
  it.each(['alice', 'hanna', 'carmen', 'fatima'])('are the person’s own, each at its account, in one call: %s', async login => {
    const answer = await stack.ask(login, serviceOrders)
    expect(answer.errors).toBeUndefined()
    const all = appointmentsOf(customerIdOf(login), now)
    const accounts = ordersOf(answer.data)
    expect(
      accounts
        .flatMap(each => each.serviceOrders ?? [])
        .map(({ appointmentId }) => appointmentId)
        .sort(),
    ).toEqual(all.map(({ appointmentId }) => appointmentId).sort())
    for (const { urn, serviceOrders: own } of accounts) {
      const { accountNumber } = accountsOf(login).find(account => account.urn === urn) ?? {}
      const expected = all.filter(each => each.accountNumber === accountNumber).map(({ appointmentId }) => appointmentId)
      expect(own?.map(({ appointmentId }) => appointmentId).sort()).toEqual(expected.sort())
    }
    const asked = await callsOf(orders)
    expect(asked).toHaveLength(1)
    expect(asked[0]?.body.match(/customerId>\d+</g)).toEqual([`customerId>${customerIdOf(login)}<`])
  })

  it('are answered neither from nor to another holder of the account, nor from before', async () => {
    const first = await stack.ask('alice', serviceOrders)
    const other = await stack.ask('hanna', serviceOrders)
    expect(ordersOf(first.data)[0]?.urn).toBe(ordersOf(other.data)[0]?.urn)
    expect(ordersOf(other.data)[0]?.serviceOrders?.map(({ customerId }) => customerId)).not.toContain(customerIdOf('alice'))
    await stack.ask('hanna', serviceOrders)
    expect(await callsOf(orders)).toHaveLength(3)
  })

  it('that a source gives of somebody else are withheld', async () => {
    await setFaults(orders, { foreign: true })
    const answer = await stack.ask('alice', serviceOrders.replace('urn', 'urn name'))
    expect(leaksIn(answer.text, 'alice')).toEqual([])
    const given: readonly unknown[] = ordersOf(answer.data).flatMap(each => each.serviceOrders ?? [])
    const own = given.filter(each => each !== null)
    expect(own).toEqual(own.map(() => expect.objectContaining({ customerId: customerIdOf('alice') })))
    expect(own).toHaveLength(2)
    for (const { extensions } of answer.errors ?? []) expect(extensions.code).toBe('INTERNAL')
  })

  it('are null with an error at each account while the field service is down', async () => {
    await setFaults(orders, { down: true })
    const { data, errors } = await stack.ask('carmen', serviceOrders)
    expect(ordersOf(data)).toEqual(accountsOf('carmen').map(({ urn }) => ({ urn, serviceOrders: null })))
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code])).toEqual(
      [0, 1].map(at => [`billingAccountsConnection.edges.${at}.node.serviceOrders`, 'UPSTREAM_UNAVAILABLE']),
    )
  })

  it('take no arguments of others’, and none at all are asked for where the directory proves no number', async () => {
    const done = await stack.ask('alice', serviceOrders.replace('serviceOrders', 'serviceOrders(status: [COMPLETED])'))
    const expected = appointmentsOf(customerIdOf('alice'), now).filter(({ status }) => status === 'COMPLETED')
    expect(ordersOf(done.data)[0]?.serviceOrders).toHaveLength(expected.length)
    const nobodys = await stack.ask('nadia', serviceOrders)
    expect(ordersOf(nobodys.data)).toEqual([])
    expect(await callsOf(orders)).toHaveLength(1)
  })
})
