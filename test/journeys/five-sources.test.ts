import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { population } from '../../simulator/population/population.js'
import { customerIdOf } from '../../simulator/sources/orders/appointments.js'
import { outagesAt } from '../../simulator/sources/outages/outages.js'
import { callsOf, forgetCalls, setFaults } from '../sources/mesh-of.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { accountOf, accountsOf, canariesIn, leaksIn } from './people.js'

const now = Date.parse('2026-11-01T12:00:00Z')
let stack: Stack
let origins: Readonly<Record<'outages' | 'billing' | 'orders' | 'tariffs', string>>

beforeAll(async () => {
  stack = await startStack({ withSources: true, now: () => now })
  const { sources } = stack
  if (sources === undefined) throw new TypeError('expected the sources to run')
  origins = { ...sources.origins, billing: sources.controlUrl }
}, 240_000)
beforeEach(async () => {
  await stack.forgetCalls()
  await Promise.all(Object.values(origins).map(forgetCalls))
})
afterEach(async () => {
  await Promise.all(Object.values(origins).map(origin => setFaults(origin, {})))
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

const dashboard = `query Dashboard {
  billingAccountByAuthContext {
    name
    balance { amount currency }
    payments(first: 2) { paymentId amount accountNumber }
    premisesConnection(first: 5) { edges { node { uuid outages { outageId status premiseId notice } } } }
    serviceAgreements(onlyActive: true) { serviceType ratePlan { code } tariff { code name prices { amount } } }
  }
  serviceAppointments { appointmentId status customerId note }
  tariffPlans { code }
}`

/** What this test reads of an answer, by the names of the schema. */
interface Dashboard {
  readonly billingAccountByAuthContext: {
    readonly name: string
    readonly balance: { readonly amount: number; readonly currency: string }
    readonly payments: readonly { readonly accountNumber: string }[]
    readonly premisesConnection: {
      readonly edges: readonly { readonly node: { readonly uuid: string; readonly outages: readonly OutageRow[] } }[]
    }
    readonly serviceAgreements: readonly {
      readonly serviceType: string
      readonly ratePlan: { readonly code: string }
      readonly tariff: Tariff | null
    }[]
  }
  readonly serviceAppointments: readonly ({ readonly appointmentId: string; readonly customerId: string } | null)[]
  readonly tariffPlans: readonly { readonly code: string }[]
}

interface OutageRow {
  readonly outageId: string
  readonly premiseId: string
}

interface Tariff {
  readonly code: string
  readonly prices: readonly { readonly amount: number }[]
}

function readDashboard(data: unknown): Dashboard {
  return data as Dashboard
}

const seenBy = async (name: keyof typeof origins): Promise<readonly string[]> => (await callsOf(origins[name])).map(({ what }) => what)

const premiseOf = (login: string): string => accountOf(login).premises[0]?.premise.uuid ?? ''

/** What the outage system has of a premise, in the time that the account was there. */
function ownOutages(login: string): readonly string[] {
  const { from, until = Infinity } = accountOf(login).occupancy
  return outagesAt(premiseOf(login), now).flatMap(({ outageId, timeInterval }) => {
    const [start = NaN, end = NaN] = timeInterval.split('/').map(Date.parse)
    return start >= from && end <= until ? [outageId] : []
  })
}

describe('one query across all five sources', () => {
  it('is answered whole and joined by key, with one call to Opower and one for each link or root', async () => {
    const answer = await stack.ask('bruno', dashboard)
    expect(answer.errors).toBeUndefined()
    const { billingAccountByAuthContext: account, serviceAppointments, tariffPlans } = readDashboard(answer.data)
    const { accountNumber } = accountOf('bruno')
    expect(account.balance.currency).toBe('USD')
    expect(account.payments.map(each => each.accountNumber)).toEqual([accountNumber, accountNumber])
    expect(account.premisesConnection.edges.map(({ node }) => node.outages.map(({ outageId }) => outageId))).toEqual([ownOutages('bruno')])
    expect(account.serviceAgreements.map(({ serviceType }) => serviceType)).toEqual(['ELECTRICITY', 'GAS'])
    for (const { ratePlan, tariff } of account.serviceAgreements) expect(tariff?.code).toBe(ratePlan.code)
    expect(new Set(serviceAppointments.map(each => each?.customerId))).toEqual(new Set([customerIdOf('bruno')]))
    expect(tariffPlans.length).toBeGreaterThan(2)
    expect(await stack.calls()).toHaveLength(1)
    expect(await seenBy('outages')).toEqual([`GET /outages?premiseIds=${premiseOf('bruno')}`])
    expect(await seenBy('orders')).toEqual(['POST /field-service'])
    expect(await seenBy('tariffs')).toHaveLength(2)
    expect(leaksIn(answer.text, 'bruno')).toEqual([])
  })

  it('gives aliases of one link what each of them asked for', async () => {
    const node = 'node { all: outages { outageId } now: outages(status: ACTIVE) { status } before: outages(status: RESTORED) { status } }'
    const answer = await stack.ask('bruno', `{ billingAccountByAuthContext { premisesConnection { edges { ${node} } } } }`)
    expect(answer.errors).toBeUndefined()
    const all = ownOutages('bruno').map(outageId => ({ outageId }))
    const before = all.slice(1).map(() => ({ status: 'RESTORED' }))
    expect(answer.data).toEqual({
      billingAccountByAuthContext: { premisesConnection: { edges: [{ node: { all, now: [{ status: 'ACTIVE' }], before } }] } },
    })
    expect(await seenBy('outages')).toHaveLength(3)
  })
})

const page = `query Page($first: Int!) {
  billingAccountsConnection(first: $first) { edges { node {
    urn
    balance { amount }
    billing { accountUrn accountNumber }
    premisesConnection(first: 5) { edges { node { uuid outages { outageId premiseId } } } }
    serviceAgreements { ratePlan { code } tariff { code } }
  } } }
}`

interface Page {
  readonly billingAccountsConnection: { readonly edges: readonly { readonly node: PageAccount }[] }
}

interface PageAccount extends Pick<Dashboard['billingAccountByAuthContext'], 'premisesConnection' | 'serviceAgreements' | 'balance'> {
  readonly urn: string
  readonly billing: { readonly accountUrn: string; readonly accountNumber: string }
}

function readPage(data: unknown): readonly PageAccount[] {
  return (data as Page).billingAccountsConnection.edges.map(({ node }) => node)
}

describe('sources whose answers come in disorder', () => {
  it('are matched by key: another order, gaps and doubles never give a row to somebody else', async () => {
    const usual = readPage((await stack.ask('fatima', { query: page, variables: { first: 45 } })).data)
    await Promise.all(Object.values(origins).map(origin => setFaults(origin, { reversed: true })))
    await forgetCalls(origins.outages)
    const answer = await stack.ask('fatima', { query: page.replace('urn', 'urn name'), variables: { first: 45 } })
    expect(await seenBy('outages')).toHaveLength(1)
    expect(answer.errors).toBeUndefined()
    const accounts = readPage(answer.data)
    expect(accounts.map(({ urn, balance }) => [urn, balance])).toEqual(usual.map(({ urn, balance }) => [urn, balance]))
    for (const [index, { urn, billing, premisesConnection, serviceAgreements }] of accounts.entries()) {
      expect(billing).toEqual({ accountUrn: urn, accountNumber: accountsOf('fatima')[index]?.accountNumber })
      for (const { node } of premisesConnection.edges) expect(node.outages.filter(({ premiseId }) => premiseId !== node.uuid)).toEqual([])
      for (const { ratePlan, tariff } of serviceAgreements) expect([ratePlan.code, undefined]).toContain(tariff?.code)
    }
  })

  it('lose the rows of somebody else: what a link did not ask for is passed over, a root tells that it withheld one', async () => {
    await Promise.all(Object.values(origins).map(origin => setFaults(origin, { foreign: true })))
    const answer = await stack.ask('bruno', dashboard.replace('Dashboard', 'Foreign').replace('currency', 'dueOn'))
    expect(leaksIn(answer.text, 'bruno')).toEqual([])
    const { billingAccountByAuthContext: account, serviceAppointments } = readDashboard(answer.data)
    expect(account.premisesConnection.edges.map(({ node }) => node.outages.map(({ outageId }) => outageId))).toEqual([ownOutages('bruno')])
    for (const { ratePlan, tariff } of account.serviceAgreements) expect(tariff?.code).toBe(ratePlan.code)
    expect(new Set(serviceAppointments.map(each => each?.customerId))).toEqual(new Set([customerIdOf('bruno'), undefined]))
    for (const { extensions, path } of answer.errors ?? []) expect([path?.[0], extensions.code]).toEqual([expect.any(String), 'INTERNAL'])
    expect(answer.errors?.map(({ path }) => path?.join('.'))).toContain(`serviceAppointments.${serviceAppointments.indexOf(null)}`)
  })
})

describe('a link for more keys than a source takes at once', () => {
  it('asks in chunks, each key once, and gives every place its own', async () => {
    const urns = population.accounts.filter(({ utility }) => utility.code === 'nved').map(({ urn }) => urn)
    const customers = population.customers.map(each => (each.login === 'bruno' ? { ...each, accountUrns: urns } : each))
    await using wide = await startStack({ withSources: true, now: () => now, directory: { ...population, customers } })
    const answer = await wide.ask('bruno', { query: page, variables: { first: 100 } })
    expect(answer.errors).toBeUndefined()
    const accounts = readPage(answer.data)
    const premises = accounts.flatMap(({ premisesConnection }) => premisesConnection.edges.map(({ node }) => node))
    for (const node of premises) expect(node.outages.filter(({ premiseId }) => premiseId !== node.uuid)).toEqual([])
    expect(premises.some(({ outages }) => outages.length > 0)).toBe(true)
    const asked = (await callsOf(wide.sources?.origins.outages ?? '')).map(({ what }) =>
      new URL(what.slice(4), 'http://any').searchParams.getAll('premiseIds'),
    )
    expect(asked.length).toBeGreaterThan(1)
    for (const ids of asked) expect(ids.length).toBeLessThanOrEqual(50)
    expect(asked.flat().sort()).toEqual([...new Set(premises.map(({ uuid }) => uuid))].sort())
  }, 240_000)
})

describe('a premise that changed hands', () => {
  const query = `{ billingAccountsConnection(first: 5) { edges { node {
    billing { accountNumber payments(first: 100) { paymentId reference } statements(first: 100) { statementId note } }
    premisesConnection(first: 5) { edges { node { outages { outageId notice } } } }
  } } } outages(premiseIds: ["${premiseOf('emil')}"]) { outageId notice } }`

  it('shows each of the two the outages and the books of their own time, and none of the move itself', async () => {
    const answers = await Promise.all(['dora', 'emil'].map(login => stack.ask(login, query)))
    for (const [index, login] of ['dora', 'emil'].entries()) {
      const { errors, text = '', data } = answers[index] ?? {}
      expect(errors).toBeUndefined()
      expect(leaksIn(text, login)).toEqual([])
      expect(canariesIn(text, accountOf(login))).toEqual(expect.arrayContaining([accountOf(login).canaries.outage]))
      expect(readOutages(data).map(({ outageId }) => outageId)).toEqual(ownOutages(login))
    }
    const all = outagesAt(premiseOf('emil'), now).length
    expect(ownOutages('dora').length + ownOutages('emil').length).toBeLessThan(all)
  })
})

function readOutages(data: unknown): readonly OutageRow[] {
  return (data as { readonly outages: readonly OutageRow[] }).outages
}

describe('an id of one source', () => {
  const person = customerIdOf('bruno')
  const { urn, uuid, accountNumber } = accountOf('bruno')

  it.each([
    ['orders, by an account number', `{ serviceAppointments(customerIds: ["${accountNumber}"]) { appointmentId } }`],
    ['orders, by a premise', `{ serviceAppointments(customerIds: ["${premiseOf('bruno')}"]) { appointmentId } }`],
    [
      'orders, by a number beside one’s own',
      `{ serviceAppointments(customerIds: ["${person}", "${customerIdOf('alice')}"]) { appointmentId } }`,
    ],
    ['billing, by a premise', `{ billingLedgers(accountUrns: ["${premiseOf('bruno')}"]) { accountNumber } }`],
    ['billing, by a uuid', `{ billingLedgers(accountUrns: ["${uuid}"]) { accountNumber } }`],
    ['billing, by a person', `{ billingLedgers(accountUrns: ["${person}"]) { accountNumber } }`],
    ['billing, by somebody else’s account', `{ billingLedgers(accountUrns: ["${urn}", "${accountOf('alice').urn}"]) { accountNumber } }`],
  ])('opens nothing of %s: refused, and nobody is asked', async (_what, query) => {
    const answer = await stack.ask('bruno', query)
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([403, 'ACCOUNT_NOT_IN_SCOPE'])
    expect(await stack.calls()).toEqual([])
    for (const name of ['outages', 'billing', 'orders', 'tariffs'] as const) expect(await seenBy(name)).toEqual([])
  })

  it('names no premise: outages are asked for the customer’s own premises only', async () => {
    const ids = JSON.stringify([urn, uuid, accountNumber, person, premiseOf('alice'), premiseOf('dora')])
    const answer = await stack.ask('bruno', `{ outages(premiseIds: ${ids}) { outageId } }`)
    expect([answer.errors, answer.data]).toEqual([undefined, { outages: [] }])
    expect(await seenBy('outages')).toEqual([])
  })
})

describe('joint holders of one account', () => {
  it('have appointments of their own: neither sees the other’s', async () => {
    const query = '{ serviceAppointments { appointmentId customerId } billingAccountByAuthContext { urn } }'
    const [alice, hanna] = await Promise.all(['alice', 'hanna'].map(async login => readDashboard((await stack.ask(login, query)).data)))
    expect(alice?.billingAccountByAuthContext).toEqual(hanna?.billingAccountByAuthContext)
    expect(new Set(alice?.serviceAppointments.map(each => each?.customerId))).toEqual(new Set([customerIdOf('alice')]))
    expect(new Set(hanna?.serviceAppointments.map(each => each?.customerId))).toEqual(new Set([customerIdOf('hanna')]))
    const asked = await stack.ask('alice', `{ serviceAppointments(customerIds: ["${customerIdOf('hanna')}"]) { appointmentId } }`)
    expect(asked.errors?.[0]?.extensions.code).toBe('ACCOUNT_NOT_IN_SCOPE')
  })
})

describe('a report of an outage', () => {
  const report = 'mutation ($input: OutageReportRequest_Input!) { reportOutage(input: $input) { reportId premiseId } }'
  const ask = (login: string, premiseId: string) =>
    stack.ask(login, { query: report, variables: { input: { premiseId, symptom: 'FLICKERING' } } })

  it('is taken for a premise where the customer lives', async () => {
    const answer = await ask('emil', premiseOf('emil'))
    expect([answer.errors, answer.data]).toEqual([
      undefined,
      { reportOutage: { reportId: expect.any(String), premiseId: premiseOf('emil') } },
    ])
    expect(await seenBy('outages')).toEqual(['POST /outage-reports'])
  })

  it.each([
    ['somebody else’s', 'bruno', premiseOf('alice')],
    ['where the customer does not live any more', 'dora', premiseOf('dora')],
    ['that nobody has', 'bruno', '0d0d0d0d-0d0d-11ee-8a7b-0200170abcde'],
  ])('is refused for a premise %s, and the outage system hears nothing of it', async (_what, login, premiseId) => {
    const answer = await ask(login, premiseId)
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([403, 'ACCOUNT_NOT_IN_SCOPE'])
    expect(await seenBy('outages')).toEqual([])
  })
})

it('after a customer’s report the outages are asked for anew, and what is kept of everything else stays', async () => {
  const account = '{ billingAccountByAuthContext { name balance { amount } } }'
  const outages = 'query Outages($ids: [String]!) { outages(premiseIds: $ids) { outageId status } }'
  const premiseId = accountOf('carmen').premises[0]?.premise.uuid ?? ''
  const ask = async () => (await stack.ask('carmen', { query: outages, variables: { ids: [premiseId] } })).headers.get('x-cache')
  await stack.ask('carmen', account)
  expect([await ask(), await ask()]).toEqual(['miss', 'hit'])
  const report = 'mutation ($input: OutageReportRequest_Input!) { reportOutage(input: $input) { outageId } }'
  const { data } = await stack.ask('carmen', { query: report, variables: { input: { premiseId, symptom: 'NO_POWER' } } })
  expect(data).toEqual({ reportOutage: { outageId: expect.any(String) } })
  expect([await ask(), await ask()]).toEqual(['miss', 'hit'])
  expect((await stack.ask('carmen', account)).headers.get('x-cache')).toBe('hit')
})
