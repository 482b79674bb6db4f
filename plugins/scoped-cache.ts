import type { Cache } from '@envelop/response-cache'
import { createInMemoryCache, useResponseCache } from '@envelop/response-cache'
import { digest } from '../src/accounts/scope.js'
import type { CacheRules } from '../src/cache/cache-rules.js'
import { timeToLive } from '../src/cache/time-to-live.js'
import { refusal } from '../src/errors.js'
import { canonicalJson } from '../src/plan/argument-values.js'
import { recordOfContext } from '../src/server/request-record.js'
import type { GatewayPlugin } from './gateway-plugin.js'
import { stockPlugin } from './gateway-plugin.js'
import type { PreparedOperation } from './operation-plan.js'

export interface ScopedCacheOptions {
  readonly rules: CacheRules
  readonly prepared: WeakMap<object, PreparedOperation>
  /** @default 3 */
  readonly settlingDays?: number
  /** Answers that are kept. @default 10000 */
  readonly entries?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
  readonly onLookup: (result: 'hit' | 'miss') => void
  /** A text for accounts that changes when what is kept about one of them must be forgotten. */
  readonly stampOf: (accounts: Iterable<string>) => string
}

/**
 * Keeps guarded answers, each under a key that names the plan, its variables and the scope; no setting can take the
 * scope out. Nothing is kept unless a rule asks for it, nor any answer with an error. Validators are not answered
 * here: the stock plugin's 304 comes before anybody is asked who they are.
 */
export function useScopedCache(options: ScopedCacheOptions): GatewayPlugin {
  const { rules, prepared, settlingDays = 3, entries = 10_000, now = Date.now } = options
  const operationOf = (context: object): PreparedOperation => {
    const operation = prepared.get(context)
    if (operation === undefined)
      throw refusal('INTERNAL', { cause: new TypeError('expected a prepared operation before the cache, but got none') })
    return operation
  }
  const timeOf = (context: object): number => {
    const { plan, variables } = operationOf(context)
    if (plan.operation !== 'query') return 0
    return timeToLive({ rules, roots: plan.roots, variables, now: now(), settlingDays })
  }
  const store = createInMemoryCache({ max: entries })
  const stock = useResponseCache<object>({
    cache: context => observed(store, result => told(result, context)),
    ttl: 0,
    idFields: [],
    session: context => scopeKeyOf(operationOf(context)),
    enabled: context => timeOf(context) > 0,
    buildResponseCacheKey: async ({ context }) => keyOf(operationOf(Object(context)), options),
    onTtl: ({ context }) => timeOf(context),
    shouldCacheResult: ({ result }) => result.errors === undefined,
    includeExtensionMetadata: false,
  })
  return stockPlugin(stock)

  function told(result: 'hit' | 'miss', context: object): void {
    const record = recordOfContext(context)
    if (record !== undefined) record.cache = result
    options.onLookup(result)
  }
}

function observed(store: Cache, tell: (result: 'hit' | 'miss') => void): Cache {
  return {
    ...store,
    async get(key) {
      const found = await store.get(key)
      tell(found == null ? 'miss' : 'hit')
      return found
    },
  }
}

function scopeKeyOf({ plan, customer }: PreparedOperation): string {
  return plan.personal ? customer.scope.personKey : customer.scope.key
}

function keyOf(operation: PreparedOperation, { stampOf }: ScopedCacheOptions): string {
  const { plan, variables, selectedEntities, customer } = operation
  const stamp = stampOf(customer.scope.byUrn.keys())
  return digest([plan.key, canonicalJson(variables), selectedEntities ?? '', scopeKeyOf(operation), stamp])
}
