import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { population } from '../../simulator/population/population.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ withSources: true })
}, 60_000)
beforeEach(() => stack.forgetCalls())
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

const dashboard = `query Dashboard {
  billingAccountByAuthContext {
    name
    balance { amount currency }
    payments(first: 2) { paymentId amount accountNumber }
    premisesConnection(first: 5) { edges { node { timeZone outages { outageId status premiseId notice } } } }
    serviceAgreements(onlyActive: true) { serviceType tariff { code name prices { amount } } }
  }
  serviceAppointments { appointmentId status customerId note }
  tariffPlans { code }
}`

describe('one query across all five sources', () => {
  it('is answered whole, with one call to Opower', async () => {
    const answer = await stack.ask('bruno', dashboard)
    expect(answer.errors).toBeUndefined()
    expect(await stack.calls()).toHaveLength(1)
    expect(population).toBeDefined()
  })
})
