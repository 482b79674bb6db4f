interface CallContext {
  readonly fetch?: (url: string, init: { readonly body?: unknown } | undefined, context: object, info: unknown) => Promise<unknown>
  readonly request?: Request
}

const ahead = new WeakSet<object>()

export function isAheadOfNeed(context: object): boolean {
  return ahead.has(context)
}

/**
 * From here on nobody waits for the calls of this context, and they say so (`Sec-Purpose`, Fetch standard section 2.2.4); the client's
 * hanging up ends none of them. One that carries other requests of the page along is as urgent as those.
 */
export function aheadOfNeed(context: object): void {
  ahead.add(context)
  const { fetch, request } = readCallContext(context)
  if (fetch === undefined) return
  const quiet = new Request(request?.url ?? 'http://gateway.invalid', { headers: { 'sec-purpose': 'prefetch' } })
  const behind: object = Object.create(context, { request: { value: quiet } })
  const isShared = (body: unknown): boolean => typeof body === 'string' && body.endsWith('"operationName":"SubstationBatch"}')
  const fetchAhead: CallContext['fetch'] = (url, init, _own, info) => fetch(url, init, isShared(init?.body) ? context : behind, info)
  Object.assign(context, { fetch: fetchAhead })
}

function readCallContext(context: object): CallContext {
  return context as CallContext
}
