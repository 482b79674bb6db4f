import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import { setTimeout as pause } from 'node:timers/promises'
import type { Quota } from '../../src/quota/create-quota.js'
import { createQuota } from '../../src/quota/create-quota.js'
import { UpstreamFailure, upstreamFault } from '../../src/opower/upstream-errors.js'
import { describeWithRedis, startRedis } from '../store/redis-server.js'
import type { RedisServer } from '../store/redis-server.js'
import type { Upstream } from '../support/upstream.js'
import { startUpstream } from '../support/upstream.js'

const settings = {
  perSecond: 20,
  perDay: 100_000,
  queueWaitMs: 2_000,
  queuePerCustomer: 1_000,
  customerPerMinute: 60_000,
  requestDeadlineMs: 45_000,
}

// Both ends of each call are in this process: where the machine stops it for a tenth of a second, calls that left in time arrive together.
jest.retryTimes(3, { logErrorsBeforeRetry: true })

describeWithRedis('replicas that count together', () => {
  let redis: RedisServer
  let upstream: Upstream
  let arrivals: number[]
  let replicas: Quota[]

  beforeEach(async () => {
    redis = await startRedis()
    upstream = await startUpstream()
    arrivals = []
    replicas = []
    const { answer } = upstream
    upstream.answer = (response, received) => (arrivals.push(performance.now()), answer(response, received))
  })
  afterEach(async () => {
    for (const replica of replicas) replica.close()
    await upstream.close()
    await redis[Symbol.asyncDispose]()
  })

  function open(change: Partial<typeof settings> = {}): Quota {
    const quota = createQuota({ settings: { ...settings, ...change }, shared: { url: redis.url, prefix: 'test:' } })
    replicas.push(quota)
    return quota
  }

  function call(quota: Quota, customer = 'a'): Promise<number> {
    const wanted = { customer, priority: 'interactive', isQuery: true, deadline: quota.clock.now() + 10_000, signal: undefined } as const
    return quota
      .spend('Opower', wanted, async signal => fetch(upstream.url, { method: 'POST', body: '{}', signal: signal ?? null }))
      .then(response => response.status)
  }

  /** Both want all they can get, for so long. */
  async function rush(ms: number, during: () => Promise<void> = async () => {}): Promise<readonly number[]> {
    const until = performance.now() + ms
    const ends: Promise<unknown>[] = [during()]
    for (let each = 0; performance.now() < until; each += 1) {
      for (const replica of replicas) ends.push(call(replica, `c${each % 10}`).catch(() => undefined))
      await pause(25)
    }
    await Promise.all(ends)
    return arrivals
  }

  it('never start more than 20 calls in any second, use them all, and know what the day has cost', async () => {
    const [one, other] = [open(), open()]
    const seen = await rush(5_000)
    expect(mostIn(seen, 1_000)).toBeLessThanOrEqual(20)
    expect(seen.length).toBeGreaterThan(80)
    await call(one)
    await call(other)
    const spent = [one, other].map(quota => quota.budget().spent)
    expect(Math.max(...spent)).toBe(arrivals.length)
  }, 30_000)

  it('stop together when one of them is told to', async () => {
    const [one, other] = [open(), open()]
    const wanted = { customer: 'a', priority: 'ordinary', isQuery: false, deadline: one.clock.now() + 10_000, signal: undefined } as const
    const busy = new UpstreamFailure('answered with an error', { status: 429, retryAfterMs: 60_000 })
    const failing = one.spend('Opower', wanted, () => Promise.reject(upstreamFault('UPSTREAM_UNAVAILABLE', busy)))
    await expect(failing).rejects.toThrow()
    await pause(50)
    const before = upstream.received.length
    await expect(call(other)).rejects.toMatchObject({ extensions: { code: 'UPSTREAM_BUDGET_EXHAUSTED', retryAfterSeconds: 60 } })
    expect(upstream.received.length).toBe(before)
  }, 30_000)

  it('do not overdraw the day, also not after one of them was restarted', async () => {
    const one = open({ perDay: 30 })
    for (let each = 0; each < 12; each += 1) await call(one)
    one.close()
    replicas.length = 0
    open({ perDay: 30 })
    open({ perDay: 30 })
    await rush(2_500)
    expect(arrivals.length).toBeLessThanOrEqual(30)
    expect(arrivals.length).toBeGreaterThan(25)
  }, 30_000)

  it('go on with a share each while Redis is lost, and never start more than 20 in any second on the way there and back', async () => {
    open()
    open()
    let [lostAt, backAt] = [0, 0]
    const seen = await rush(16_000, async () => {
      await pause(2_000)
      lostAt = performance.now()
      await redis.kill()
      await pause(5_000)
      await redis.restart()
      backAt = performance.now()
    })
    expect(mostIn(seen, 1_000)).toBeLessThanOrEqual(20)
    const between = (from: number, to: number): number => seen.filter(at => at >= from && at < to).length
    expect(between(lostAt + 2_000, backAt)).toBeGreaterThan(30)
    expect(between(backAt + 7_000, backAt + 9_000)).toBeGreaterThan(30)
  }, 60_000)
})

function mostIn(times: readonly number[], ms: number): number {
  return Math.max(0, ...times.map(time => times.filter(each => each >= time && each <= time + ms).length))
}
