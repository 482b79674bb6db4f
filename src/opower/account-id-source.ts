import { LRUCache } from 'lru-cache'
import type { AccountIds, AccountIdSource } from '../accounts/account-ids.js'
import type { Grant } from '../accounts/grant.js'
import { vouchedIds } from '../accounts/vouched-ids.js'
import { refusal } from '../errors.js'
import type { UpstreamCall } from '../plan/execute.js'
import { HeldPoints } from './held-points.js'
import { RequestIds } from './request-ids.js'

export interface AccountIdCacheOptions {
  /** How long the ids of an account are taken as known once two looks agree, milliseconds. @default 600000 */
  readonly lifeMs?: number
  /** How long what was seen once is taken as known, milliseconds. @default 60000 */
  readonly firstLifeMs?: number
  /** The least time between two looks at one account because of an unknown id, milliseconds. @default 60000 */
  readonly reloadAfterMs?: number
  /** How long nobody else is believed to hold the points of an account that two looks agree upon, milliseconds. @default 86400000 */
  readonly claimMs?: number
  /** Accounts whose ids are kept. @default 20000 */
  readonly accounts?: number
  /** Accounts in one call. @default 100 */
  readonly pageSize?: number
}

interface Known {
  readonly ids: AccountIds
  /** When they were seen, and when they were last asked for. */
  readonly at: number
  readonly askedAt: number
  readonly isConfirmed: boolean
}

/** The ids of accounts, shared by all requests: they say nothing of who may see the account. */
export interface AccountIdCache {
  /** The source for one request, which asks by that request's own call and believes what its grants bear out. */
  through(call: UpstreamCall, grants: readonly Grant[]): AccountIdSource
  /**
   * What was known last, for a day, where nothing can be asked: good for finding what was kept under it, and never for judging anything new.
   * Its `load` fails with UPSTREAM_UNAVAILABLE where something was never known.
   */
  remembered(call: UpstreamCall, grants: readonly Grant[]): AccountIdSource
  forget(urn: string): void
  forgetAll(): void
}

export function createAccountIdCache(options: AccountIdCacheOptions = {}): AccountIdCache {
  const { lifeMs = 600_000, firstLifeMs = 60_000, reloadAfterMs = 60_000, claimMs = 86_400_000 } = options
  const { accounts = 20_000, pageSize = 100 } = options
  const held = new HeldPoints()
  const cache = new LRUCache<string, Known>({ max: accounts, ttl: lifeMs, dispose: (_known, urn) => held.drop(urn) })
  const last = new LRUCache<string, AccountIds>({ max: accounts, ttl: 86_400_000 })
  const since = (at: number | undefined): number => performance.now() - (at ?? -Infinity)
  const isOld = (urn: string): boolean => since(cache.peek(urn)?.askedAt) >= reloadAfterMs
  const fresh = (urn: string): AccountIds | undefined => {
    const known = cache.get(urn)
    return known === undefined || since(known.at) >= (known.isConfirmed ? lifeMs : firstLifeMs) ? undefined : known.ids
  }
  const keep = (urn: string, ids: AccountIds): void => {
    const [before, now] = [cache.peek(urn), performance.now()]
    // Agreements end and places are added, but none is ever gone: an answer that lost one is not believed.
    if (before !== undefined && !holdsAll(before.ids, ids)) {
      cache.set(urn, { ...before, askedAt: now }, { noUpdateTTL: true })
      // Which of the two was right is not known: nobody else is measured by either.
      held.drop(urn)
    } else {
      cache.set(urn, { ids, at: now, askedAt: now, isConfirmed: before !== undefined })
      last.set(urn, ids)
      held.hold(ids, before === undefined ? lifeMs : claimMs)
    }
  }

  const common = { fresh, isOld, keep, held, pageSize }

  function remembered(_call: UpstreamCall, grants: readonly Grant[]): AccountIdSource {
    const byUrn = grantsByUrn(grants)
    const known = (urn: string): AccountIds | undefined => {
      const ids = last.get(urn)
      return ids === undefined ? undefined : vouchedIds(ids, byUrn.get(urn))
    }
    const load = async (urns: readonly string[]): Promise<ReadonlyMap<string, AccountIds>> => {
      const found = urns.flatMap(urn => known(urn) ?? [])
      if (found.length < urns.length) throw refusal('UPSTREAM_UNAVAILABLE')
      return new Map(found.map(ids => [ids.urn, ids]))
    }
    return { known, load, reload: load, learn: () => undefined }
  }

  return {
    through: (call, grants) => new RequestIds(common, grantsByUrn(grants), call),
    remembered,
    forget: urn => void (cache.delete(urn), last.delete(urn)),
    forgetAll: () => (cache.clear(), last.clear()),
  }
}

const maps = new WeakMap<readonly Grant[], ReadonlyMap<string, Grant>>()

/** Made once for the grants of a scope, which many requests have in common; it is kept as long as they are. */
function grantsByUrn(grants: readonly Grant[]): ReadonlyMap<string, Grant> {
  const byUrn = maps.get(grants) ?? new Map(grants.map(grant => [grant.urn, grant]))
  maps.set(grants, byUrn)
  return byUrn
}

function holdsAll(before: AccountIds, after: AccountIds): boolean {
  const kinds = ['agreements', 'points', 'premises'] as const
  return kinds.every(kind => [...before[kind].keys()].every(id => after[kind].has(id)))
}
