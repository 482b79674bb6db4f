import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { operation } from './hub.js'
import { accountOf, canariesIn, leaksIn, urnsOf } from './people.js'

const now = Date.parse('2026-11-10T17:00:00Z')
let stack: Stack
beforeAll(async () => {
  stack = await startStack({ now: () => now })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(() => stack.forgetCalls())

const who = `{ billingAccountsConnection { edges { node { urn title: name utilityId accountNumber
  mappedCustomers { urn uuid utilityCustomerId }
  premisesConnection { edges { mappedCustomer { uuid } node { name address { addressLines locality postalCode } } } }
  serviceAgreements { serviceType nickname utilityId } } } } }`
const masked = [
  'Address.addressLines',
  'Address.postalCode',
  'BillingAccount.accountNumber',
  'BillingAccount.name',
  'BillingAccount.utilityId',
  'MappedCustomer.urn',
  'MappedCustomer.utilityCustomerId',
  'MappedCustomer.uuid',
  'Premise.name',
  'ServiceAgreement.nickname',
  'ServiceAgreement.utilityId',
]
const start = { query: operation('start-export'), variables: { input: { urns: urnsOf('alice') } } }

function extensionsOf(text: string): unknown {
  return (JSON.parse(text) as { extensions?: unknown }).extensions
}

describe('a third party', () => {
  it('sees the account without names, addresses and numbers, and is told once what is missing', async () => {
    const answer = await stack.ask('theo', who)
    expect(answer.errors).toBeUndefined()
    expect(extensionsOf(answer.text)).toEqual({ substation: { masked } })
    expect(answer.data).toMatchObject({
      billingAccountsConnection: {
        edges: [{ node: { urn: accountOf('alice').urn, title: null, utilityId: null, accountNumber: null } }],
      },
    })
    expect(answer.text).toContain('Port Averill')
    expect(canariesIn(answer.text, accountOf('alice'))).toEqual([])
  })

  it('is told the same when the answer comes from the cache, and the customer is never told it', async () => {
    const [first, second] = [await stack.ask('theo', who), await stack.ask('theo', who)]
    expect(second.text).toBe(first.text)
    for (const login of ['alice', 'hanna']) {
      const answer = await stack.ask(login, who)
      expect(extensionsOf(answer.text)).toBeUndefined()
      expect(canariesIn(answer.text, accountOf('alice')).length).toBeGreaterThan(1)
    }
  })

  it('sees no bill and no read from before the time that was opened, however it asks', async () => {
    const query = `query ($from: TimeInterval) { billingAccountByAuthContext { bills(last: 60) { timeInterval }
      serviceAgreements { servicePoints { readStreams(timeInterval: $from, readResolution: DAY) { netUsage { reads { timeInterval } } } } } } }`
    const answer = await stack.ask('theo', { query, variables: { from: '2025-12-20T05:00:00Z/2026-01-10T05:00:00Z' } })
    expect(answer.errors).toBeUndefined()
    const starts = [...answer.text.matchAll(/"timeInterval":"([^/]+)\//g)].map(([, start = '']) => Date.parse(start))
    expect(starts.length).toBeGreaterThan(10)
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(Date.parse('2026-01-01T05:00:00Z'))
  })

  it('starts no export: its file would show name and address', async () => {
    const answer = await stack.ask('theo', start)
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'FIELD_NOT_AVAILABLE'])
    expect(await stack.calls()).toEqual([])
  })
})

describe('an agent', () => {
  it('sees what the one customer sees, and nobody else’s', async () => {
    const answer = await stack.ask('agnes', who)
    expect(answer.data).toEqual((await stack.ask('alice', who)).data)
    expect(leaksIn(answer.text, 'alice')).toEqual([])
    const foreign = await stack.ask('agnes', {
      query: 'query ($urn: ID) { billingAccountByAuthContext(selectedAccount: $urn) { name } }',
      variables: { urn: accountOf('bruno').urn },
    })
    expect([foreign.status, foreign.errors?.[0]?.extensions.code]).toEqual([403, 'ACCOUNT_NOT_IN_SCOPE'])
  })

  it('never gets or leaves an answer in the customer’s share of the cache', async () => {
    const query = '{ billingAccountByAuthContext { name customerClass } }'
    await stack.ask('alice', query)
    await stack.forgetCalls()
    await stack.ask('agnes', query)
    expect(await stack.calls()).toHaveLength(1)
    await stack.ask('agnes', query)
    expect(await stack.calls()).toHaveLength(1)
  })

  it('starts nothing in the customer’s name', async () => {
    const answer = await stack.ask('agnes', start)
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'FIELD_NOT_AVAILABLE'])
    expect(await stack.calls()).toEqual([])
  })
})

describe('a third party, across the utility’s own sources', () => {
  let whole: Stack
  beforeAll(async () => {
    whole = await startStack({ withSources: true })
  }, 240_000)
  afterAll(async () => {
    await whole[Symbol.asyncDispose]()
  })

  const billed = `{ billingAccountByAuthContext { billing { holderName accountNumber openedAt payments(first: 3) { amount reference accountNumber } } } }`

  it('sees amounts without the names and numbers that the customer sees', async () => {
    const answer = await whole.ask('theo', billed)
    const own = await whole.ask('alice', billed)
    expect([answer.errors, own.errors]).toEqual([undefined, undefined])
    expect(canariesIn(own.text, accountOf('alice')).length).toBeGreaterThan(0)
    expect(canariesIn(answer.text, accountOf('alice'))).toEqual([])
    expect(answer.text).not.toContain(accountOf('alice').accountNumber)
    expect(extensionsOf(answer.text)).toEqual({
      substation: {
        masked: ['BillingLedger.accountNumber', 'BillingLedger.holderName', 'BillingPayment.accountNumber', 'BillingPayment.reference'],
      },
    })
  })

  it('reports no outage, and the outage system hears nothing of it', async () => {
    const premiseId = accountOf('alice').premises[0]?.premise.uuid
    const query = `mutation ($input: OutageReportRequest_Input!) { reportOutage(input: $input) { reportId } }`
    for (const login of ['theo', 'agnes']) {
      const answer = await whole.ask(login, { query, variables: { input: { premiseId, symptom: 'NO_POWER' } } })
      expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'FIELD_NOT_AVAILABLE'])
    }
    const heard: unknown = await (await fetch(`${whole.sources?.origins.outages}/__sim/calls`)).json()
    expect(heard).toMatchObject({ calls: 0 })
  })
})
