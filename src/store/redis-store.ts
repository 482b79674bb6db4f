import { Redis } from 'ioredis'
import type { Store } from './store.js'
import { StoreUnavailableError } from './store.js'

export interface RedisStoreOptions {
  /** `redis:` or `rediss:`, with user name and password where they are needed. Redis 6.2 or newer, or Valkey. */
  readonly url: string
  /** In front of every name, so that several gateways may share one Redis. */
  readonly prefix: string
  /** For one command, milliseconds. @default 500 */
  readonly timeoutMs?: number
  /** Hears of lost and regained connections; the reason holds no secret. */
  readonly onEvent?: (event: 'ready' | 'lost', reason?: string) => void
}

/**
 * A store that replicas share. Nothing waits for a connection: while there is none every command fails at once, and a new
 * connection is tried all the time, at least once a second.
 */
export function createRedisStore({ url, prefix, timeoutMs = 500, onEvent = () => {} }: RedisStoreOptions): Store {
  const redis = new Redis(url, { ...connection, enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: timeoutMs })
  // Subscriptions are the one thing that may wait: they are made as soon as there is a connection, and again after each loss.
  const listening = new Redis(url, { ...connection, maxRetriesPerRequest: null })
  tellState(redis, onEvent)
  listening.on('error', () => {})
  const named = (name: string): string => `${prefix}${name}`
  return {
    isShared: true,
    get: key => within(async () => (await redis.get(named(key))) ?? undefined),
    set: (key, value, ttlMs) => within(async () => void (await redis.set(named(key), value, 'PX', lifeOf(ttlMs)))),
    add: (key, value, ttlMs) => within(async () => (await redis.set(named(key), value, 'PX', lifeOf(ttlMs), 'NX')) === 'OK'),
    delete: key => within(async () => void (await redis.del(named(key)))),
    append: (log, value, ttlMs) => within(() => append(redis, named(log), value, lifeOf(ttlMs))),
    read: (log, after) => within(() => read(redis, named(log), after)),
    publish: (channel, message) => within(async () => void (await redis.publish(named(channel), message))),
    subscribe: (channel, listener) => subscribe(listening, named(channel), listener),
    async close() {
      redis.disconnect()
      listening.disconnect()
    },
  }
}

const connection = {
  connectTimeout: 2_000,
  keepAlive: 10_000,
  retryStrategy: (attempts: number): number => Math.min(attempts * 50, 1_000),
}

function tellState(redis: Redis, onEvent: NonNullable<RedisStoreOptions['onEvent']>): void {
  let state: 'ready' | 'lost' | undefined
  const turn = (next: 'ready' | 'lost', reason?: string): void => {
    if (state !== next) onEvent(next, reason)
    state = next
  }
  let reason = 'the connection was closed'
  // Without a listener Node would end the process at the first lost connection.
  redis.on('error', (error: Error) => (reason = error.message))
  redis.on('ready', () => turn('ready'))
  redis.on('close', () => turn('lost', reason))
}

async function within<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command()
  } catch (error) {
    throw new StoreUnavailableError(error)
  }
}

function lifeOf(ttlMs: number): number {
  return Math.max(1, Math.floor(ttlMs))
}

/** A stream: its entries are numbered by Redis's own clock, so the clocks of the replicas need not agree. */
async function append(redis: Redis, log: string, value: string, ttlMs: number): Promise<void> {
  const replies = await redis
    .multi()
    .xadd(log, 'MINID', '~', String(Date.now() - ttlMs), '*', 'value', value)
    .pexpire(log, ttlMs)
    .exec()
  const failed = replies?.find(([error]) => error !== null)?.[0]
  if (failed != null) throw failed
}

const pageLength = 1_000

async function read(redis: Redis, log: string, after: string | undefined): Promise<{ values: string[]; position: string | undefined }> {
  const values: string[] = []
  let position = after
  for (;;) {
    const page = await redis.xrange(log, position === undefined ? '-' : `(${position}`, '+', 'COUNT', pageLength)
    values.push(...page.map(([, fields]) => fields[1] ?? ''))
    position = page.at(-1)?.[0] ?? position
    if (page.length < pageLength) return { values, position }
  }
}

function subscribe(listening: Redis, channel: string, listener: (message: string) => void): () => void {
  const hear = (from: string, message: string): void => {
    if (from === channel) listener(message)
  }
  listening.on('message', hear)
  listening.subscribe(channel).catch(() => undefined)
  return () => void listening.removeListener('message', hear)
}
