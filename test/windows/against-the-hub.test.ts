import { afterAll, beforeAll, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { formatInstant } from '../../src/plan/interval.js'
import { urnsOf } from '../journeys/people.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

const selections = [
  'netUsage { registerId unit serviceQuantityIdentifier isOpowerDerived reads { timeInterval measuredAmount { value } } }',
  'timeInterval rates { rateType costPerUnit { value } } net: netUsage { reads { value: measuredAmount { value } isMaximum isPeakPeriod } }',
  '__typename energyDelivered { reads { ratedReadComponents { costPerUnit { value } } } } energyReceived { unit reads { readType timeInterval } } demand { reads { isMaximum } } powerFactor { reads { timeInterval } }',
]
const logins = ['alice', 'bruno', 'carmen', 'sol']

const shape = fc.record({
  login: fc.constantFrom(...logins),
  selection: fc.constantFrom(...selections),
  by: fc.constantFrom('QUARTER_HOUR', 'HALF_HOUR', 'HOUR', 'DAY'),
  // Around a place on the calendar, so that stretches meet in the windows: clock changes, a move of meters, plain weeks.
  around: fc.constantFrom('2026-03-08', '2025-11-02', '2025-03-09', '2026-07-01', '2026-02-10'),
  asks: fc.array(fc.record({ before: fc.integer({ min: 0, max: 4_000 }), minutes: fc.integer({ min: 1, max: 20_000 }) }), {
    minLength: 2,
    maxLength: 4,
  }),
})

it('whatever stretches are asked one after the other, each is answered as the source itself answers it in one call', async () => {
  let warm = 0
  const holds = fc.asyncProperty(shape, async ({ login, selection, by, around, asks }) => {
    for (const each of asks) {
      const from = Date.parse(`${around}T00:00:00Z`) - each.before * minute
      const length = by === 'DAY' ? Math.min(365 * day, each.minutes * 20 * minute) : Math.min(720 * hour, each.minutes * minute)
      const variables = { during: `${formatInstant(from)}/${formatInstant(from + length)}`, by }
      await stack.forgetCalls()
      const own = await stack.ask(login, { query: documentOf(selection), variables })
      if ((await stack.calls()).length === 0) warm += 1
      const hub = await stack.askUpstream({ query: documentOf(selection, urnsOf(login)[0]), variables })
      expect(own.errors).toBeUndefined()
      expect(withoutEmptyStreams(own.data)).toEqual(withoutEmptyStreams(hub.data))
    }
  })
  await fc.assert(holds, { numRuns: 60 })
  expect(warm).toBeGreaterThan(20)
}, 240_000)

function documentOf(selection: string, urn?: string): string {
  const root = `billingAccountByAuthContext${urn === undefined ? '' : `(selectedAccount: "${urn}")`}`
  return `query Stretch($during: TimeInterval, $by: ReadResolution) { ${root} { urn serviceAgreements { servicePoints {
    readStreams(timeInterval: $during, readResolution: $by) { ${selection} } } } } }`
}

/** A stream without a single whole read in a stretch may be named there or not. */
function withoutEmptyStreams(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyStreams).filter(each => !isEmptyStream(each))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutEmptyStreams(inner)]))
}

function isEmptyStream(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'reads' in value && Array.isArray(value.reads) && value.reads.length === 0
}
