import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { GatewayError, refusal } from '../../src/errors.js'
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
  readonly backgroundPerDay?: number
  readonly clientPerMinute?: number
}

interface Wanted {
  readonly client?: string
  readonly customer?: string
  readonly priority?: Priority
  readonly signal?: AbortSignal
  readonly hindrance?: () => GatewayError | undefined
}

/** A governor in virtual time, and what became of every call. */
function setUp({ perSecond = 20, perDay = 100_000, perMinute = 10_000, waitMs = 2_000, clientPerMinute, ...rest }: Setup = {}) {
  const clock = createVirtualClock()
  const waits: number[] = []
  const governor = createGovernor({
    window: createRateWindow(ratesFor(perSecond), clock),
    budget: createDailyBudget({ perDay, startedAt: clock.wall() }),
    customers: createCustomerLimit({ perMinute }),
    queue: { capacity: Math.max(3, Math.ceil((perSecond * waitMs) / 1_000)), perCustomer: 20 },
    perSecond,
    clock,
    ...(clientPerMinute === undefined ? {} : { clients: createCustomerLimit({ perMinute: clientPerMinute }) }),
    ...rest,
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
    const { clock, want, starts } = setUp()
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
  })

  it('lets customers in front of a screen hardly wait while ordered and background work fills all that is left', async () => {
    const { clock, want, starts } = setUp()
    const random = seeded(3)
    for (let tick = 0; tick < 60_000; tick += 10) {
      if (random() < 0.12) want({ customer: `c${Math.floor(random() * 200)}` })
      if (random() < 0.14) want({ customer: `job${Math.floor(random() * 5)}`, priority: 'ordinary' })
      if (random() < 0.14) want({ customer: `ahead${Math.floor(random() * 5)}`, priority: 'background' })
      await clock.pass(10)
    }
    const waits = starts.filter(each => each.priority === 'interactive').map(({ waitedMs }) => waitedMs)
    expect(waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.95)]).toBeLessThan(250)
    for (const priority of ['ordinary', 'background']) expect(starts.filter(each => each.priority === priority).length).toBeGreaterThan(50)
  })

  it('lets no customer wait for ever, however many new ones come', async () => {
    const { clock, want, starts } = setUp()
    for (let tick = 0; tick < 60_000; tick += 25) {
      want({ customer: `new${tick}` })
      if (tick % 1_000 === 0) want({ customer: 'regular' })
      await clock.pass(25)
    }
    const turns = starts.filter(({ customer }) => customer === 'regular').map(({ at }) => at)
    expect(turns.length).toBeGreaterThan(5)
    turns.slice(1).forEach((at, place) => expect(at - (turns[place] ?? 0)).toBeLessThanOrEqual(10_000))
  })

  it('tells how long the calls waited', async () => {
    const { clock, want, waits } = setUp({ perSecond: 1 })
    want()
    want()
    await clock.pass(5_000)
    expect(waits).toEqual([0, 1.1])
  })
})

describe('a call in the queue', () => {
  it('is told at once when its turn would come too late, and when to come back', async () => {
    const { clock, governor, want, starts, drops } = setUp()
    governor.hold(30_000)
    want()
    await settled()
    expect(starts).toEqual([])
    expect(drops).toMatchObject([{ at: 0, error: { extensions: { code: 'UPSTREAM_BUDGET_EXHAUSTED', retryAfterSeconds: 30 } } }])
    await clock.pass(30_000)
    want()
    expect(starts).toHaveLength(1)
  })

  it('is sent away when a hold comes while it waits', async () => {
    const { clock, governor, want, drops } = setUp({ perSecond: 1 })
    want()
    want()
    await clock.pass(500)
    governor.hold(60_000)
    await clock.pass(1_500)
    expect(drops).toMatchObject([{ error: { code: 'UPSTREAM_BUDGET_EXHAUSTED' } }])
  })

  it('leaves it with the client that gave up, and its place goes to the next', async () => {
    const { clock, governor, want, starts, drops } = setUp({ perSecond: 1 })
    const client = new AbortController()
    want({ customer: 'first' })
    want({ customer: 'gone', signal: client.signal })
    want({ customer: 'stays' })
    client.abort()
    await settled()
    expect(drops).toMatchObject([{ at: 0, customer: 'gone', error: { code: 'UPSTREAM_UNAVAILABLE' } }])
    expect(governor.waiting('interactive')).toBe(1)
    await clock.pass(1_100)
    expect(starts.map(({ customer }) => customer)).toEqual(['first', 'stays'])
  })

  it('is not even begun for a client that has gone already', async () => {
    const { want, starts, drops } = setUp()
    want({ signal: AbortSignal.abort() })
    await settled()
    expect([starts.length, drops.length]).toEqual([0, 1])
  })

  it('goes without a start when the source is in trouble by the time of its turn', async () => {
    const { clock, want, starts, drops } = setUp({ perSecond: 1 })
    let trouble: GatewayError | undefined
    want()
    want({ hindrance: () => trouble })
    trouble = refusal('UPSTREAM_UNAVAILABLE')
    await clock.pass(1_100)
    expect(starts).toHaveLength(1)
    expect(drops).toMatchObject([{ error: { code: 'UPSTREAM_UNAVAILABLE' } }])
  })
})

describe('the budget of the day, at the door', () => {
  it('lets nothing out when the day is used up, and names the time until midnight', async () => {
    const { clock, governor, want, starts, drops } = setUp({ perDay: 40 })
    for (let call = 0; call < 40; call += 1) {
      want({ customer: String(call) })
      await clock.pass(100)
    }
    await clock.pass(5_000)
    want()
    await settled()
    expect(starts).toHaveLength(40)
    const left = (86_400_000 - clock.now()) / 1_000
    expect(drops).toMatchObject([{ error: { extensions: { retryAfterSeconds: Math.ceil(left) } } }])
    expect(governor.budget()).toMatchObject({ spent: 40, remaining: 0, pressure: 3 })
    await clock.pass(86_400_000)
    want()
    expect(starts).toHaveLength(41)
  })

  it('is never overdrawn by those who waited for the last calls', async () => {
    const { clock, want, starts, drops } = setUp({ perDay: 30 })
    for (let call = 0; call < 40; call += 1) want({ customer: String(call) })
    await clock.pass(10_000)
    expect([starts.length, drops.length]).toEqual([30, 10])
  })

  it('lets one program spend so much in a minute, whoever uses it, and leaves the others alone', async () => {
    const { clock, want, starts, drops } = setUp({ clientPerMinute: 5 })
    for (let number = 0; number < 8; number += 1) want({ customer: `c${number}`, client: 'scraper' })
    want({ customer: 'd', client: 'portal' })
    want({ customer: 'e' })
    await clock.pass(2_000)
    expect(starts.map(({ customer }) => customer)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'd', 'e'])
    expect(drops).toHaveLength(3)
    await clock.pass(60_000)
    want({ customer: 'c7', client: 'scraper' })
    await clock.pass(100)
    expect(starts).toHaveLength(8)
  })

  it('makes only so many calls ahead of need in a day, and none of the others fewer for it', async () => {
    const { clock, want, starts, drops } = setUp({ backgroundPerDay: 3 })
    const made = (priority: Priority): number => starts.filter(each => each.priority === priority).length
    for (let time = 0; time < 10; time += 1) {
      want({ priority: 'background' })
      want({ priority: 'interactive' })
      await clock.pass(500)
    }
    expect([made('background'), made('interactive')]).toEqual([3, 10])
    expect(drops).toHaveLength(7)
    for (const { error } of drops) expect(error.extensions['retryAfterSeconds']).toBeGreaterThan(0)
    clock.setWall(clock.wall() + 86_400_000)
    want({ priority: 'background' })
    await clock.pass(500)
    expect(made('background')).toBe(4)
  })

  it('refuses background work first, then ordered work, and a customer’s own call last', async () => {
    const { clock, want, drops } = setUp({ perDay: 100 })
    clock.setWall(Date.UTC(2026, 4, 4, 23, 59))
    const refused = async (priority: Priority): Promise<boolean> => {
      const before = drops.length
      want({ priority, customer: `${priority}${clock.now()}` })
      await clock.pass(200)
      return drops.length > before
    }
    const state = async () => [await refused('background'), await refused('ordinary'), await refused('interactive')]
    expect(await state()).toEqual([false, false, false])
    for (let call = 3; call < 85; call += 1) await refused('interactive')
    expect(await state()).toEqual([true, false, false])
    for (let call = 87; call < 95; call += 1) await refused('interactive')
    expect(await state()).toEqual([true, true, false])
  })
})

describe('the limit of one customer', () => {
  it('holds for a minute and for nobody else, and says when the next call may come', async () => {
    const { clock, want, starts, drops } = setUp({ perMinute: 6 })
    for (let call = 0; call < 6; call += 1) {
      want({ customer: 'many' })
      await clock.pass(300)
    }
    want({ customer: 'many' })
    want({ customer: 'other' })
    await clock.pass(300)
    expect(starts).toHaveLength(7)
    expect(drops).toMatchObject([{ customer: 'many', error: { extensions: { retryAfterSeconds: 9 } } }])
    await clock.pass(9_000)
    want({ customer: 'many' })
    expect(starts).toHaveLength(8)
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
