import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { randomBytes, randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { createRedisStore } from '../../src/store/redis-store.js'
import { readSealKeys } from '../../src/store/seal-keys.js'
import { createSealedStore } from '../../src/store/sealed-store.js'
import type { Store } from '../../src/store/store.js'
import type { TokenNotice } from '../../src/token/token-notice.js'
import type { TokenSource } from '../../src/token/token-source.js'
import { createTokenSource } from '../../src/token/token-source.js'
import type { RedisServer } from '../store/redis-server.js'
import { describeWithRedis, startRedis } from '../store/redis-server.js'
import { startTokenServer } from '../support/token-server.js'
import { clientId, clientSecret, describeSharing } from './sharing-contract.js'

const keys = readSealKeys(randomBytes(32).toString('base64'))

describeWithRedis('the utility token and a Redis', () => {
  let redis: RedisServer
  let prefix = ''
  const stores: Store[] = []
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(async () => {
    await redis[Symbol.asyncDispose]()
  })

  function open(): Store {
    return createSealedStore(createRedisStore({ url: redis.url, prefix }), { keys, owner: prefix })
  }

  // Each test has names of its own: the first store of a test is opened while no other is.
  describeSharing('processes that share a Redis, sealed', async () => {
    if (stores.length === 0) prefix = `${randomUUID()}:`
    const store = open()
    stores.push(store)
    return {
      ...store,
      async close() {
        stores.splice(stores.indexOf(store), 1)
        await store.close()
      },
    }
  })

  it('holds no token, client id or secret in the clear, under any name', async () => {
    prefix = 'clear:'
    const server = await startTokenServer({ clientId, clientSecret })
    const [store, raw] = [open(), new Redis(redis.url)]
    const source = sourceOf(server.url, store)
    const token = await source.token()
    const names = await raw.keys('*')
    const seen = [...names, ...(await Promise.all(names.map(name => raw.get(name))))].join('\n')
    expect(names.filter(name => name.startsWith('clear:token:'))).toHaveLength(1)
    for (const secret of [token, clientId, clientSecret]) expect(seen).not.toContain(secret)
    source.close()
    raw.disconnect()
    await Promise.all([store.close(), server.close()])
  })

  it('may be lost: each process has a token of its own then, says so once, and no caller fails', async () => {
    await using lost = await startRedis()
    const server = await startTokenServer({ clientId, clientSecret })
    const shared = [0, 1].map(() => createRedisStore({ url: lost.url, prefix: 'lost:' }))
    const notices: TokenNotice[] = []
    const sources = shared.map(store => sourceOf(server.url, store, notice => notices.push(notice)))
    const [first = ''] = await Promise.all(sources.map(source => source.token()))
    expect(server.calls).toHaveLength(1)
    await new Promise(resolve => setTimeout(resolve, 2_000))
    await lost.kill()
    for (const source of sources) source.refused(first)
    const tokens = await Promise.all(sources.map(source => source.token()))
    expect(new Set([first, ...tokens]).size).toBe(3)
    expect(server.calls).toHaveLength(3)
    expect(notices.map(({ message }) => message)).toEqual(Array(2).fill(expect.stringContaining('store is away')))
    for (const source of sources) source.close()
    await Promise.all([server.close(), ...shared.map(store => store.close())])
  })

  function sourceOf(tokenUrl: URL, store: Store, onNotice: (notice: TokenNotice) => void = () => {}): TokenSource {
    const credentials = { clientId: { value: clientId }, clientSecret: { value: clientSecret } }
    const settings = { graphqlUrl: tokenUrl, tokenUrl, utilityCode: 'smu', ...credentials }
    return createTokenSource({ settings, sharing: { store, environment: 'simulator' }, onNotice })
  }
})
