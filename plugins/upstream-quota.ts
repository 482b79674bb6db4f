import type { MeshFetchRequestInit } from '@graphql-mesh/types'
import { classOf } from '../src/quota/call-class.js'
import type { Quota } from '../src/quota/create-quota.js'
import type { WantedCall } from '../src/quota/spend-call.js'
import { untilEither } from '../src/server/time-limit.js'
import type { Customer } from '../src/context.js'
import { originOf } from '../src/server/origin-of.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface UpstreamQuotaOptions {
  readonly quota: Quota
  /** Names of the sources by exact origin. A call to any other origin passes: it is somebody else's to judge. */
  readonly sources: Readonly<Record<string, string>>
}

/**
 * Makes a call to a source only when it may be spent (`onFetch`): in a turn that is fair between customers, within the second's and the day's
 * calls, and not while the source is in trouble. A call that is refused here never reaches the network.
 *
 * It stands behind `useUpstreamFetch`, whose answers can be read twice and whose time limit begins when the turn has come, and before
 * `useUtilityToken`, so that the repetition with a fresh token is a call of its own. Whose turn it is comes from the GraphQL context and
 * goes nowhere: the call itself is passed on as it came.
 *
 * @throws {GatewayError} `UPSTREAM_BUDGET_EXHAUSTED` with `retryAfterSeconds`; `UPSTREAM_UNAVAILABLE` at once while the breaker is open;
 * `UPSTREAM_TIMEOUT` when the whole request has no time left
 * @example
 * useUpstreamQuota({ quota: parts.quota, sources: { 'https://api.us.opower.com': 'Opower' } })
 */
export function useUpstreamQuota({ quota, sources }: UpstreamQuotaOptions): GatewayPlugin {
  const begun = new WeakMap<object, number>()
  const beginOf = (request: object): number => {
    const since = begun.get(request) ?? quota.clock.now()
    begun.set(request, since)
    return since
  }
  function wantedBy({ customer, request }: QuotaContext, init: MeshFetchRequestInit | undefined): WantedCall {
    const isPrefetch = request?.headers.get('sec-purpose')?.startsWith('prefetch') ?? false
    return {
      ...classOf({ body: init?.body, isForCustomer: customer !== undefined, isPrefetch }),
      customer: customer?.scope.key ?? '',
      client: clientOf(customer?.session),
      deadline: (request === undefined ? quota.clock.now() : beginOf(request)) + quota.requestDeadlineMs,
      signal: init?.signal ?? request?.signal,
    }
  }
  return {
    onRequest({ request }) {
      beginOf(request)
    },
    onFetch({ fetchFn, setFetchFn }) {
      setFetchFn(async function fetchWithinQuota(url, init, context, info) {
        const source = sources[originOf(url)]
        if (source === undefined) return fetchFn(url, init, context, info)
        const wanted = wantedBy(readContext(context), init)
        // A change that was sent may have been made: whoever asked for it leaves it to its end.
        const caller = wanted.isQuery ? (init?.signal ?? undefined) : undefined
        return quota.spend(source, wanted, async signal =>
          untilEither(signal, caller, async either => fetchFn(url, { ...init, signal: either }, context, info)),
        )
      })
    },
    onDispose: quota.close,
  }
}

interface QuotaContext {
  readonly customer?: Customer
  readonly request?: { readonly headers: Pick<Headers, 'get'>; readonly signal?: AbortSignal }
}

/** Calls outside a request, such as a schema check at start, have neither. */
function readContext(context: unknown): QuotaContext {
  return typeof context === 'object' && context !== null ? (context as QuotaContext) : {}
}

/** RFC 9068 section 2.2 names it `client_id`, OpenID Connect Core section 2 `azp`. */
function clientOf(session: Customer['session'] | undefined): string | undefined {
  const { client_id: id, azp } = session?.claims ?? {}
  const client = id ?? azp
  return typeof client === 'string' ? client : undefined
}
