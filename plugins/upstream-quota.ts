import type { MeshFetchRequestInit } from '@graphql-mesh/types'
import { classOf } from '../src/quota/call-class.js'
import type { Quota } from '../src/quota/create-quota.js'
import type { Send, WantedCall } from '../src/quota/spend-call.js'
import type { Customer } from '../src/context.js'
import { originOf } from '../src/server/origin-of.js'
import { ownRequestOf } from '../src/server/own-call.js'
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
  const beginOf = (request: TimedRequest): number => (request[begunAt] ??= quota.clock.now())
  function wantedBy({ customer, request }: QuotaContext, init: MeshFetchRequestInit | undefined, info: unknown): WantedCall {
    const isPrefetch = request?.headers.get('sec-purpose')?.startsWith('prefetch') ?? false
    const given = init?.signal ?? undefined
    const { priority, isQuery } = classOf({
      asked: ownRequestOf(info),
      body: init?.body,
      isForCustomer: customer !== undefined,
      isPrefetch,
    })
    return {
      priority,
      isQuery,
      customer: customer?.scope.key ?? '',
      client: clientOf(customer?.session),
      deadline: (request === undefined ? quota.clock.now() : beginOf(request)) + quota.requestDeadlineMs,
      signal: given ?? request?.signal,
      // A change that was sent may have been made: whoever asked for it leaves it to its end.
      ending: isQuery ? given : undefined,
    }
  }
  return {
    onRequest({ request }) {
      beginOf(request)
    },
    onFetch({ fetchFn, setFetchFn }) {
      setFetchFn(function fetchWithinQuota(url, init, context, info) {
        const source = sources[originOf(url)]
        if (source === undefined) return fetchFn(url, init, context, info)
        const send: Send = signal => fetchFn(url, { ...init, signal: signal ?? null }, context, info)
        return quota.spend(source, wantedBy(readContext(context), init, info), send)
      })
    },
    onDispose: quota.close,
  }
}

/** On the request itself: a weak map with an entry for each request would keep the garbage collector busy. */
const begunAt = Symbol('when it was begun')

interface TimedRequest {
  readonly headers: Pick<Headers, 'get'>
  [begunAt]?: number
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
