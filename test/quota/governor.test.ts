import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { GatewayError } from '../../src/errors.js'
import { createCustomerLimit } from '../../src/quota/customer-limit.js'
import { createDailyBudget } from '../../src/quota/daily-budget.js'
import type { Priority } from '../../src/quota/fair-queue.js'
import { priorities } from '../../src/quota/fair-queue.js'
import { createGovernor } from '../../src/quota/governor.js'
import { createRateWindow, ratesFor } from '../../src/quota/rate-window.js'
import { createVirtualClock, settled } from './virtual-clock.js'

interface Setup {
  readonly perSecond?: number
  readonly perDay?: number
  readonly perMinute?: number
  readonly waitMs?: number
}

interface Wanted {
  readonly customer?: string
  readonly priority?: Priority
  readonly signal?: AbortSignal
  readonly hindrance?: () => GatewayError | undefined
}

/** A governor in virtual time, and what became of every call. */
function setUp({ perSecond = 20, perDay = 100_000, perMinute = 10_000, waitMs = 2_000 }: Setup = {}) {
  const clock = createVirtualClock()
  const waits: number[] = []
  const governor = createGovernor({
    window: createRateWindow(ratesFor(perSecond), clock),
    budget: createDailyBudget({ perDay, startedAt: clock.wall() }),
    customers: createCustomerLimit({ perMinute }),
    queue: { capacity: Math.max(3, Math.ceil((perSecond * waitMs) / 1_000)), perCustomer: 20 },
    perSecond,
    clock,
    onWait: seconds => waits.push(seconds),
  })
  const starts: { at: number; waitedMs: number; customer: string; priority: Priority }[] = []
  const drops: { at: number; since: number; error: GatewayError; customer: string }[] = []
  function want({ customer = 'a', priority = 'interactive', ...rest }: Wanted = {}): void {
    const since = clock.now()
    const start = async (): Promise<void> => void starts.push({ at: clock.now(), waitedMs: clock.now() - since, customer, priority })
    governor.turn({ customer, priority, maxWaitMs: waitMs, ...rest }, start).catch((error: unknown) => {
      if (!(error instanceof GatewayError)) throw error
      drops.push({ at: clock.now(), since, error, customer })
    })
  }
  return { clock, governor, want, starts, drops, waits }
}

describe('the governor', () => {
  it('keeps every second below its number, and starts or drops every call in its time', async () => {
    const arrival = fc.record({
      gap: fc.constantFrom(0, 0, 0, 1, 30, 200, 1_500),
      customer: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      priority: fc.constantFrom(...priorities),
      wall: fc.constantFrom(0, 0, 0, 0, -86_400_000, 3_600_000),
    })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 25 }), fc.array(arrival, { maxLength: 250 }), async (perSecond, arrivals) => {
        const { clock, want, starts, drops } = setUp({ perSecond })
        for (const { gap, wall, ...call } of arrivals) {
          await clock.pass(gap)
          clock.setWall(clock.wall() + wall)
          want(call)
        }
        await clock.pass(10_000)
        expect(starts.length + drops.length).toBe(arrivals.length)
        const times = starts.map(({ at }) => at)
        for (const time of times) expect(times.filter(each => each >= time && each <= time + 1_000).length).toBeLessThanOrEqual(perSecond)
        for (const { waitedMs } of starts) expect(waitedMs).toBeLessThanOrEqual(2_000)
        for (const { at, since, error } of drops) {
          expect(at - since).toBeLessThanOrEqual(2_000)
          expect(error.extensions).toMatchObject({ code: 'UPSTREAM_BUDGET_EXHAUSTED' })
          expect(error.extensions['retryAfterSeconds']).toBeGreaterThanOrEqual(1)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('shares the calls evenly at twice the load, one of fifty customers asking for half of all', async () => {
    const { clock, want, starts, drops } = setUp()
    const random = seeded(7)
    const served = new Map<string, number>()
    for (let tick = 0; tick < 120_000; tick += 10) {
      // 40 calls a second: 20 of one customer, 20 of the other 49.
      if (random() < 0.2) want({ customer: 'greedy' })
      if (random() < 0.2) want({ customer: `c${Math.floor(random() * 49)}` })
      await clock.pass(10)
    }
    for (const { customer } of starts) served.set(customer, (served.get(customer) ?? 0) + 1)
    expect(served.size).toBe(50)
    expect(fairness([...served.values()])).toBeGreaterThan(0.95)
    expect(starts.length).toBeGreaterThan(0.9 * 20 * 120)
    console.info({
      fairness: fairness([...served.values()]),
      greedy: served.get('greedy'),
      starts: starts.length,
      drops: drops.length,
      max: Math.max(...[...served].filter(([n]) => n !== 'greedy').map(([, n]) => n)),
      min: Math.min(...served.values()),
    })
  })
})

function fairness(shares: readonly number[]): number {
  const sum = shares.reduce((a, b) => a + b, 0)
  return sum ** 2 / (shares.length * shares.reduce((a, b) => a + b ** 2, 0))
}

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
void settled
