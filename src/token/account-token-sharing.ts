import { LRUCache } from 'lru-cache'
import type { AccountIdCache, AccountIdCacheOptions } from '../opower/account-id-source.js'
import { createAccountIdCache } from '../opower/account-id-source.js'
import type { UpstreamCall } from '../plan/execute.js'
import type { SharedFlights } from '../sharing/share-in-flight.js'
import { createSharedFlights } from '../sharing/share-in-flight.js'

/** What requests have in common between them. */
export interface Sharing {
  readonly flights: SharedFlights
  readonly ids: AccountIdCache
}

export interface SharingOptions extends AccountIdCacheOptions {
  /** Whether ids that one scope has learned serve that scope alone. */
  readonly isPersonal: boolean
  /** Scopes whose ids are kept. @default 5000 */
  readonly scopes?: number
}

/**
 * With the utility's token the ids of an account are the same whoever asks. Learned with a customer's own token they are what that customer
 * is shown: then each scope, which is one person's, learns its own.
 */
export function createSharing({ isPersonal, scopes = 5_000, ...options }: SharingOptions): Sharing {
  const flights = createSharedFlights()
  return isPersonal ? apart(flights, scopes, options) : { flights, ids: createAccountIdCache(options) }
}

function apart(flights: SharedFlights, max: number, options: AccountIdCacheOptions): Sharing {
  const caches = new LRUCache<string, AccountIdCache>({ max })
  const owners = new WeakMap<UpstreamCall, string>()
  function cacheOf(call: UpstreamCall): AccountIdCache {
    const owner = owners.get(call)
    // A call of no known scope learns for itself.
    if (owner === undefined) return createAccountIdCache(options)
    const cache = caches.get(owner) ?? createAccountIdCache({ ...options, accounts: 1_000 })
    caches.set(owner, cache)
    return cache
  }
  return {
    flights: {
      for(scopeKey, call, signal) {
        const shared = flights.for(scopeKey, call, signal)
        owners.set(shared, scopeKey)
        return shared
      },
    },
    ids: {
      through: (call, grants) => cacheOf(call).through(call, grants),
      remembered: (call, grants) => cacheOf(call).remembered(call, grants),
      forget: urn => caches.forEach(cache => cache.forget(urn)),
      forgetAll: () => caches.clear(),
    },
  }
}
