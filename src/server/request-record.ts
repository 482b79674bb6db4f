import { socketOf } from './begun.js'

/** What the steps of the pipeline note about one request for its log line; each writes only what it alone knows. */
export interface RequestRecord {
  /** When the request came, by the clock of the access log. */
  startedAt?: number
  /** Real calls upstream, replays included. */
  upstreamCalls: number
  /** Written by the cache: `hit`, `miss`, `stale`, `shared` ...; absent where no cache was asked. */
  cache?: string
  /** The codes of the errors sent, each once. */
  codes: readonly string[]
}

/** On the request itself: a weak map with an entry for each request would keep the garbage collector busy. */
const noted = Symbol('what is noted')

interface NotedRequest {
  [noted]?: RequestRecord
}

/** The record of a request; it lives as long as the request object. */
export function recordOf(request: object): RequestRecord {
  const known: NotedRequest = request
  return (known[noted] ??= { upstreamCalls: 0, codes: nothing })
}

const nothing: readonly string[] = []

const left: readonly string[] = ['ABORTED']

/** Whether the client has hung up before its answer was sent: whatever ended for that reason is no fault of a source. */
function hasLeft(serverContext: object): boolean {
  // A call that ends because its client left may be told before the answer's own `close` is.
  return socketOf(serverContext)?.socket.destroyed === true
}

/** Has what was noted of a request before noted of this one too, which is the same under another form. */
export function continueRecord(request: object, record: RequestRecord): void {
  const known: NotedRequest = request
  known[noted] = record
}

/** The codes of a request's answer; what was answered before any result was made has the one that its status stands for. */
export function codesSent(request: object, { ok }: Pick<Response, 'ok'>, serverContext: object): readonly string[] {
  if (hasLeft(serverContext)) return left
  const { codes } = recordOf(request)
  return codes.length > 0 ? codes : [ok ? 'OK' : 'BAD_REQUEST']
}

/** The record of the request that a GraphQL context belongs to; none for a call outside a request, such as a schema check at start. */
export function recordOfContext(context: unknown): RequestRecord | undefined {
  if (typeof context !== 'object' || context === null || !('request' in context)) return undefined
  return typeof context.request === 'object' && context.request !== null ? recordOf(context.request) : undefined
}
