import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createBackedStore } from '../../src/store/backed-store.js'
import { createMemoryStore } from '../../src/store/memory-store.js'
import { createRedisStore } from '../../src/store/redis-store.js'
import { readSealKeys } from '../../src/store/seal-keys.js'
import { createSealedStore } from '../../src/store/sealed-store.js'
import type { Store } from '../../src/store/store.js'
import { StoreUnavailableError } from '../../src/store/store.js'
import type { RedisServer } from './redis-server.js'
import { describeWithRedis, startRedis } from './redis-server.js'
import { describeStore } from './store-contract.js'

const keys = readSealKeys(Buffer.alloc(32, 1).toString('base64'))

describeWithRedis('with a Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(async () => {
    await redis[Symbol.asyncDispose]()
  })

  describeStore('Redis', () => openPair(store => store))
  describeStore('Redis, sealed', () => openPair(store => createSealedStore(store, { keys, owner: 'nved' })))

  async function openPair(wrap: (store: Store) => Store) {
    const [one, other] = [wrap(await openStore(redis.url)), wrap(await openStore(redis.url))]
    return { one, other, close: async () => void (await Promise.all([one.close(), other.close()])) }
  }
})

describeWithRedis('a Redis that is lost', () => {
  it('fails every call within its time limit, and serves again by itself once it is back', async () => {
    await using redis = await startRedis()
    const events: string[] = []
    const store = await openStore(redis.url, event => events.push(event))
    await store.set('name', 'text', 60_000)
    await redis.kill()
    for (const call of [
      () => store.get('name'),
      () => store.add('name', 'x', 1),
      () => store.append('log', 'x', 1_000),
      () => store.read('log'),
    ]) {
      const startedAt = performance.now()
      await expect(call()).rejects.toThrow(StoreUnavailableError)
      expect(performance.now() - startedAt).toBeLessThan(3_000)
    }
    await redis.restart()
    await untilServing(store)
    expect(await store.get('name')).toBeUndefined()
    expect(events).toEqual(['ready', 'lost', 'ready'])
    await store.close()
  })

  it('fails every call within its time limit also when it hangs and says nothing', async () => {
    await using redis = await startRedis()
    const store = await openStore(redis.url)
    redis.pause()
    const startedAt = performance.now()
    await expect(Promise.all([store.get('name'), store.set('name', 'x', 1_000), store.read('log')])).rejects.toThrow(StoreUnavailableError)
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    await store.close()
  })

  it('is heard again by its listeners once it is back', async () => {
    await using redis = await startRedis()
    const store = await openStore(redis.url)
    let heard = 0
    store.subscribe('channel', () => (heard += 1))
    await redis.restart()
    await untilServing(store)
    while (heard === 0) await store.publish('channel', 'hello').then(() => new Promise(resolve => setTimeout(resolve, 10)))
    await store.close()
    expect(heard).toBeGreaterThan(0)
  })

  it('is stood in for by the memory of the process, for values that never change', async () => {
    await using redis = await startRedis()
    const store = await openStore(redis.url)
    const backed = createBackedStore(store, createMemoryStore())
    await backed.set('job', 'owner', 60_000)
    expect(await backed.add('lock', 'held', 60_000)).toBe(true)
    await redis.kill()
    expect([await backed.get('job'), await backed.add('lock', 'again', 60_000), await backed.add('other', 'x', 60_000)]).toEqual([
      'owner',
      false,
      true,
    ])
    await store.close()
  })

  it('does not keep a process from starting', async () => {
    const store = createRedisStore({ url: 'redis://127.0.0.1:1', prefix: 'test:' })
    await expect(store.get('name')).rejects.toThrow(StoreUnavailableError)
    await store.close()
  })
})

async function openStore(url: string, onEvent: (event: string) => void = () => {}): Promise<Store> {
  const store = createRedisStore({ url, prefix: 'test:', onEvent })
  await untilServing(store)
  return store
}

async function untilServing(store: Store): Promise<void> {
  for (;;) {
    const isServing = await store.read('any').then(
      () => true,
      () => false,
    )
    if (isServing) return
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
