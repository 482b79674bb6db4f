import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { accountOf, canariesIn } from '../journeys/people.js'
import type { RedisServer } from '../store/redis-server.js'
import { describeWithRedis, startRedis } from '../store/redis-server.js'
import type { Replica, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

const chart = (during: string): string => `query Chart { billingAccountByAuthContext { name serviceAgreements { servicePoints {
  readStreams(timeInterval: "${during}", readResolution: HOUR) { netUsage { reads { timeInterval measuredAmount { value } } } } } } } }`
const october = '2026-10-05T04:00:00Z/2026-10-19T04:00:00Z'

describeWithRedis('replicas that keep their answers in one Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'substation-kept-'))
  const keyFile = (name: string, ...keys: readonly number[]): string => {
    writeFileSync(join(folder, name), keys.map(key => Buffer.alloc(32, key).toString('base64')).join('\n'))
    return join(folder, name)
  }
  let redis: RedisServer
  let stack: Stack
  let other: Replica
  let names = 0

  beforeAll(async () => {
    writeFileSync(join(folder, 'operator'), 'operator')
    redis = await startRedis()
    const env = {
      REDIS_URL: redis.url,
      CACHE_ENCRYPTION_KEY_FILE: keyFile('keys', 3),
      ADMIN_TOKEN_FILE: join(folder, 'operator'),
    }
    stack = await startStack({ env })
    other = await stack.startReplica()
  })
  beforeEach(() => stack.forgetCalls())
  afterAll(async () => {
    await other[Symbol.asyncDispose]()
    await stack[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  /** A question that nobody has asked yet. */
  const fresh = (): string => `query Fresh${(names += 1)} { billingAccountByAuthContext { name bills(last: 2) { timeInterval } } }`
  const calls = async (): Promise<number> => (await stack.calls()).length
  const kept = (): Promise<readonly string[]> => withRedis(each => each.keys('*kept:*'))
  const asked = async (
    by: Pick<Replica, 'ask'>,
    login: string,
    query: string,
  ): Promise<{ cost: number; text: string; cache: string | null }> => {
    const before = await calls()
    const { text, headers } = await by.ask(login, query)
    return { text, cost: (await calls()) - before, cache: headers.get('x-cache') }
  }
  async function withRedis<T>(use: (redis: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(redis.url)
    return use(client).finally(() => client.disconnect())
  }
  async function keptOf(query: string): Promise<string> {
    const before = new Set(await kept())
    await stack.ask('alice', query)
    await until(async () => (await kept()).some(key => !before.has(key)))
    return (await kept()).find(key => !before.has(key)) ?? ''
  }
  const purge = async (body: unknown): Promise<number> => {
    const headers = { authorization: 'Bearer operator' }
    return (await fetch(`${stack.gateway.adminUrl}/admin/purge`, { method: 'POST', headers, body: JSON.stringify(body) })).status
  }

  it('what one has fetched the other gives, to the same customer alone, and nothing of it can be read in the Redis', async () => {
    const query = fresh()
    const key = await keptOf(query)
    const again = await asked(other, 'alice', query)
    expect([again.cost, again.cache, canariesIn(again.text, accountOf('alice')).length > 0]).toEqual([0, 'hit', true])
    const stranger = await asked(other, 'bruno', query)
    expect([stranger.cost, canariesIn(stranger.text, accountOf('alice'))]).toEqual([1, []])
    const stored = String(await withRedis(each => each.get(key)))
    expect([stored.startsWith('1.'), canariesIn(key + stored, accountOf('alice'))]).toEqual([true, []])
  })

  it('windows of reads as well: the other joins what lies there, and asks for the new day alone', async () => {
    const before = (await kept()).length
    await stack.ask('sol', chart(october))
    await other.ask('sol', '{ billingAccountByAuthContext { serviceAgreements { uuid } } }')
    await until(async () => (await kept()).length >= before + 4)
    expect(await asked(other, 'sol', chart('2026-10-06T04:00:00Z/2026-10-12T04:00:00Z'))).toMatchObject({ cost: 0, cache: 'hit' })
    await stack.forgetCalls()
    expect((await asked(other, 'sol', chart('2026-10-06T04:00:00Z/2026-10-20T04:00:00Z'))).cost).toBe(1)
    expect(JSON.stringify((await stack.calls()).map(({ variables }) => variables))).toContain('2026-10-19T')
  })

  it('an entry that was changed, exchanged or sealed by another key is not there', async () => {
    const [query, second] = [fresh(), fresh()]
    const [key, otherKey] = [await keptOf(query), await keptOf(second)]
    const value = String(await withRedis(each => each.get(key)))
    for (const spoiled of [`${value.slice(0, -6)}AAAAAA`, String(await withRedis(each => each.get(otherKey))), 'nonsense', '']) {
      await withRedis(each => each.set(key, spoiled))
      await using replica = await stack.startReplica()
      expect(await asked(replica, 'alice', query)).toMatchObject({ cost: 1, cache: 'miss' })
    }
    await withRedis(each => each.set(key, value))
    await using strange = await stack.startReplica({ CACHE_ENCRYPTION_KEY_FILE: keyFile('strange', 4) })
    expect((await asked(strange, 'alice', query)).cost).toBe(1)
  })

  it('a key is exchanged without losing what the old one sealed', async () => {
    const query = fresh()
    await keptOf(query)
    await using rotated = await stack.startReplica({ CACHE_ENCRYPTION_KEY_FILE: keyFile('rotated', 5, 3) })
    expect((await asked(rotated, 'alice', query)).cost).toBe(0)
  })

  it('other settings that decide what is in an answer find nothing of it', async () => {
    const query = fresh()
    await keptOf(query)
    await using stricter = await stack.startReplica({ MIN_NEIGHBORS: '20' })
    expect((await asked(stricter, 'alice', query)).cost).toBe(1)
  })

  it('a page that one has given is turned by the other', async () => {
    const page = (after: string): string =>
      `query Page { billingAccountByAuthContext { bills(last: 1) { urn } serviceAgreementsConnection(first: 1${after}) { edges { cursor } pageInfo { hasNextPage endCursor } } } }`
    const { text } = await stack.ask('bruno', page(''))
    const cursor = /"endCursor":"([^"]+)"/.exec(text)?.[1]
    expect((await other.ask('bruno', page(`, after: "${cursor}"`))).errors).toBeUndefined()
  })

  it.each<[string, (urn: string) => object]>([
    ['its account', urn => ({ account: urn })],
    ['its tag', () => ({ tag: 'bills' })],
    ['its account and tag', urn => ({ account: urn, tag: 'bills' })],
    ['all', () => ({ all: true })],
  ])('what is purged by %s at one is forgotten by the other', async (_what, about) => {
    const query = fresh()
    await stack.ask('alice', query)
    await other.ask('alice', query)
    expect((await asked(other, 'alice', query)).cost).toBe(0)
    expect(await purge(about(accountOf('alice').urn))).toBe(204)
    await until(async () => (await asked(other, 'alice', query)).cost > 0)
    expect((await asked(stack, 'alice', query)).cost).toBe(0)
  })

  it('and nothing else is', async () => {
    const query = fresh()
    await stack.ask('alice', query)
    await purge({ tag: 'reads' })
    await purge({ account: accountOf('bruno').urn })
    await purge({ account: accountOf('alice').urn, tag: 'weather' })
    expect((await asked(stack, 'alice', query)).cost).toBe(0)
    expect(await purge({ tag: 'no such word' })).toBe(400)
  })

  it('a Redis that hangs, is killed and comes back costs moments, never an answer', async () => {
    const query = fresh()
    await keptOf(query)
    redis.pause()
    const waited = performance.now()
    const texts = [(await asked(stack, 'alice', query)).text]
    for (let time = 0; time < 5; time += 1) texts.push((await other.ask('alice', query)).text)
    expect(new Set(texts).size).toBe(1)
    // Withdrawals and the count of calls wait for the same Redis: each has a short limit of its own.
    expect(performance.now() - waited).toBeLessThan(3_000)
    await redis.kill()
    const lost = fresh()
    expect((await other.ask('alice', lost)).status).toBe(200)
    expect((await asked(other, 'alice', lost)).cost).toBe(0)
    await redis.restart()
    await until(async () => {
      const next = fresh()
      await stack.ask('alice', next)
      return (await asked(other, 'alice', next)).cost === 0
    })
  })
})

async function until(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await new Promise(resolve => setTimeout(resolve, 20))
}
