import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { population } from '../../simulator/population/population.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

let stack: Stack
beforeAll(async () => {
  // Wide enough for a machine that has other things to do.
  stack = await startStack({ env: { BATCH_WINDOW_MS: '40' } })
  await stack.ask('nadia', '{ viewer { login } }')
})
beforeEach(() => stack.forgetCalls())
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

const point = (login: string): string => {
  const urn = population.customers.find(customer => customer.login === login)?.accountUrns[0]
  return population.accounts.find(account => account.urn === urn)?.agreements[0]?.points[0]?.uuid ?? ''
}
const premise = (login: string): string => {
  const urn = population.customers.find(customer => customer.login === login)?.accountUrns[0]
  return population.accounts.find(account => account.urn === urn)?.premises[0]?.premise.uuid ?? ''
}

/** What one page of a portal asks, each widget for itself. */
const widgets = (login: string): readonly { query: string; variables?: Record<string, unknown> }[] => [
  { query: 'query Picker { billingAccountsConnection(first: 100) { totalCount edges { node { urn name mappedCustomers { urn } } } } }' },
  { query: 'query Bills { billingAccountByAuthContext { bills(last: 12) { timeInterval segments { usageCharges { value } } } } }' },
  {
    query: `query Hours($point: String) { billingAccountByAuthContext { serviceAgreementsConnection(first: 10) { edges { node { servicePointsConnection(matching: $point) { edges { node {
      readStreams(timeInterval: "2026-10-05T04:00:00Z/2026-10-06T04:00:00Z", readResolution: HOUR) { netUsage { reads { timeInterval measuredAmount { value } } } } } } } } } } } }`,
    variables: { point: point(login) },
  },
  { query: 'query Forecast { billingAccountByAuthContext { billForecast { timeInterval segments { soFarUsage { value } } } } }' },
  {
    query:
      'query Neighbors { billingAccountByAuthContext { premisesConnection(first: 10) { edges { neighborComparisons(meterType: ELEC) { timeInterval } } } } }',
  },
  {
    query: `query Weather($premise: String) { billingAccountByAuthContext { premisesConnection(matching: $premise) { edges { node {
      weather(weatherResolution: DAILY, intervals: ["2026-10-01/2026-10-08"], temperatureUnit: FAHRENHEIT) { timeInterval meanTemperature { value } } } } } } }`,
    variables: { premise: premise(login) },
  },
]

describe('a page of six widgets, each a request of its own', () => {
  it('costs at most two upstream calls cold and none warm, and every widget gets its own answer', async () => {
    const page = await Promise.all(widgets('alice').map(widget => stack.ask('alice', widget)))
    expect(page.map(({ errors }) => errors)).toEqual(page.map(() => undefined))
    expect((await stack.calls()).map(({ status }) => status)).toEqual([200, 200])
    await stack.forgetCalls()
    const again = await Promise.all(widgets('alice').map(widget => stack.ask('alice', widget)))
    expect(await stack.calls()).toHaveLength(0)
    expect(again.map(({ data }) => data)).toEqual(page.map(({ data }) => data))
  })

  it('answers together what the same widgets answer alone', async () => {
    const together = await Promise.all(widgets('sol').map(widget => stack.ask('sol', widget)))
    await using other = await startStack()
    for (const [at, widget] of widgets('sol').entries()) {
      const alone = await other.ask('sol', widget)
      expect(together[at]?.data).toEqual(alone.data)
    }
  })

  it('never puts two customers in one call', async () => {
    await Promise.all(['bruno', 'carmen'].flatMap(login => widgets(login).map(widget => stack.ask(login, widget))))
    const urnsOf = (login: string): readonly string[] => population.customers.find(customer => customer.login === login)?.accountUrns ?? []
    for (const { variables } of await stack.calls()) {
      const text = JSON.stringify(variables)
      const logins = ['bruno', 'carmen'].filter(login => urnsOf(login).some(urn => text.includes(urn)))
      expect(logins).toHaveLength(1)
    }
  })

  it('fails only the widget whose part fails', async () => {
    await stack.control('faults', { partial: { rate: 1 } })
    const page = await Promise.all(widgets('emil').map(widget => stack.ask('emil', widget)))
    await stack.control('faults', {})
    expect(page.map(({ errors }) => errors?.map(({ extensions }) => extensions.code))).toEqual([
      undefined,
      undefined,
      undefined,
      ['UPSTREAM_UNAVAILABLE'],
      undefined,
      undefined,
    ])
  })
})

describe('the same question asked many times at once', () => {
  it('is one call, and an answer for each', async () => {
    const query = 'query Same { billingAccountsConnection { edges { node { name utilityId } } } }'
    const answers = await Promise.all(Array.from({ length: 50 }, () => stack.ask('fatima', query)))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(await stack.calls()).toHaveLength(1)
  })
})
