import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ now: () => Date.parse('2026-11-10T17:00:00Z') })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

const lastYear =
  '{ billingAccountByAuthContext { billForecast { priorYearUsage { value } priorYearUsageCharges { value } segments { priorYearUsage { value } priorYearUsageCharges { value } } } } }'
const untold = { priorYearUsage: null, priorYearUsageCharges: null }

describe('what chance has found once', () => {
  it('an adviser whose time began this year is not told of last year by the forecast', async () => {
    const { data, errors } = await stack.ask('theo', lastYear)
    expect(errors).toBeUndefined()
    expect(data).toEqual({ billingAccountByAuthContext: { billForecast: { ...untold, segments: [untold] } } })
    const alice = await stack.ask('alice', lastYear)
    expect(alice.data).toMatchObject({ billingAccountByAuthContext: { billForecast: { priorYearUsage: { value: expect.any(Number) } } } })
  })
})
