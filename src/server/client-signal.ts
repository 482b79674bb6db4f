import { ServerResponse } from 'node:http'

const signals = new WeakMap<object, AbortSignal>()

/**
 * Aborted when the client has hung up before its answer was complete; undefined for a call that no client stands behind.
 *
 * It listens to Node's own answer: its `close` comes in any case, while listeners of a request's abort signal are lost once another signal
 * depends on it.
 */
export function clientSignalOf(context: object): AbortSignal | undefined {
  const { res, request } = readContext(context)
  if (!(res instanceof ServerResponse)) return request?.signal
  const known = signals.get(res)
  if (known !== undefined) return known
  const left = new AbortController()
  if (res.destroyed) left.abort()
  res.once('close', () => !res.writableFinished && left.abort())
  signals.set(res, left.signal)
  return left.signal
}

function readContext(context: object): { readonly res?: unknown; readonly request?: Request } {
  return context
}
