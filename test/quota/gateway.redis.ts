import { expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { startStack } from '../support/stack.js'
import { describeWithRedis, startRedis } from '../store/redis-server.js'

const query = (name: string): string => `query ${name} { billingAccountsConnection(first: 1) { edges { node { uuid } } } }`

describeWithRedis('a gateway that counts its calls in Redis', () => {
  it('knows after a restart what the day has cost, and gives its connections back when it closes', async () => {
    await using redis = await startRedis()
    const env = { REDIS_URL: redis.url, QUOTA_PER_SECOND: '2', QUOTA_PER_DAY: '2' }
    {
      await using before = await startStack({ env })
      expect((await before.ask('alice', query('One'))).status).toBe(200)
    }
    await using after = await startStack({ env })
    expect((await after.ask('alice', query('Two'))).status).toBe(200)
    const refused = await after.ask('alice', query('Three'))
    expect([refused.status, refused.errors?.[0]?.extensions.code]).toEqual([503, 'UPSTREAM_BUDGET_EXHAUSTED'])
    expect(await after.calls()).toHaveLength(1)
    await after.gateway.close()
    expect(await clientsOf(redis.url)).toBe(1)
  }, 30_000)

  it('answers while Redis is lost', async () => {
    await using redis = await startRedis()
    await using stack = await startStack({ env: { REDIS_URL: redis.url } })
    expect((await stack.ask('alice', query('Before'))).status).toBe(200)
    await redis.kill()
    const answer = await stack.ask('alice', query('Lost'))
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([200, undefined])
  }, 30_000)
})

/** Connections to this Redis, the one that asks among them. */
async function clientsOf(url: string): Promise<number> {
  const redis = new Redis(url)
  const list = String(await redis.client('LIST'))
  redis.disconnect()
  return list.trim().split('\n').length
}
