import { describe, expect, it } from '@jest/globals'
import type { UpstreamCall, UpstreamRequest } from '../../src/plan/execute.js'
import { createSharing } from '../../src/token/account-token-sharing.js'

const urn = 'urn:opower:v1:account:nved:uuid:0d0d0d0d-0d0d-11ee-8a7b-0200170abcde'

/** An upstream that answers the ids of the account, and what it was asked. */
function upstream(): { readonly call: UpstreamCall; readonly asked: UpstreamRequest[] } {
  const asked: UpstreamRequest[] = []
  const call: UpstreamCall = async request => {
    asked.push(request)
    const alias = /(\w+): billingAccountsConnection/.exec(request.query)?.[1] ?? 'billingAccountsConnection'
    const node = { urn, mappedCustomers: [], serviceAgreements: [], active: [], premisesConnection: { edges: [] } }
    return { data: { [alias]: { edges: [{ node }] } } }
  }
  return { call, asked }
}

describe('the ids of an account', () => {
  it.each([
    [true, 2],
    [false, 1],
  ])('are learned by each person for themselves where each has a token: %s, so that two cost %i calls', async (isPersonal, calls) => {
    const { flights, ids } = createSharing({ isPersonal })
    const { call, asked } = upstream()
    for (const person of ['alice', 'hanna', 'alice', 'hanna']) {
      const known = await ids.through(flights.for(person, call), []).load([urn])
      expect([...known.keys()]).toEqual([urn])
    }
    expect(asked).toHaveLength(calls)
  })

  it('are forgotten for everybody when the account is withdrawn', async () => {
    const { flights, ids } = createSharing({ isPersonal: true })
    const { call, asked } = upstream()
    const load = (person: string) => ids.through(flights.for(person, call), []).load([urn])
    await Promise.all(['alice', 'hanna'].map(load))
    ids.forget(urn)
    await Promise.all(['alice', 'hanna'].map(load))
    expect(asked).toHaveLength(4)
  })

  it('of a call of no known person are kept for nobody', async () => {
    const { ids } = createSharing({ isPersonal: true })
    const { call, asked } = upstream()
    for (let times = 0; times < 2; times++) await ids.through(call, []).load([urn])
    expect(asked).toHaveLength(2)
  })
})

describe('calls in flight', () => {
  it('are one within a person’s scope, and never two persons’', async () => {
    const { flights } = createSharing({ isPersonal: true })
    const { call, asked } = upstream()
    const request: UpstreamRequest = {
      query: '{ asked: billingAccountsConnection { totalCount } }',
      variables: {},
      operationName: undefined,
      lane: 'quick',
    }
    await Promise.all(['alice', 'alice', 'hanna'].map(person => flights.for(person, call)(request)))
    expect(asked).toHaveLength(2)
  })
})
