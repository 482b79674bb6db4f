import type { Settings } from '../settings.js'
import { readSecret } from '../settings/secrets.js'
import { createMemoryStore } from './memory-store.js'
import { createRedisStore } from './redis-store.js'
import { loadSealKeys } from './seal-keys.js'
import { createSealedStore } from './sealed-store.js'
import type { Store } from './store.js'

export interface StoreEvents {
  readonly onEvent?: (event: 'ready' | 'lost', reason?: string) => void
  readonly onUnreadable?: () => void
}

/** The store that the settings name: this process's memory, or Redis with sealed values. */
export function createStore(
  { store, environment, opower }: Pick<Settings, 'store' | 'environment' | 'opower'>,
  events: StoreEvents = {},
): Store {
  if (store.kind === 'memory') return createMemoryStore()
  const { onEvent, onUnreadable } = events
  const owner = `substation:${environment}:${opower.utilityCode}:`
  const redis = createRedisStore({
    url: readSecret(store.url),
    prefix: owner,
    ...(onEvent === undefined ? {} : { onEvent }),
  })
  if (store.keyFile === undefined) return redis
  return createSealedStore(redis, { keys: loadSealKeys(store.keyFile), owner, ...(onUnreadable === undefined ? {} : { onUnreadable }) })
}
