import { ServerResponse } from 'node:http'
import { CallSignal } from '../sharing/call-signal.js'

/** On the answer itself: a weak map with an entry for each request would keep the garbage collector busy. */
const leaving = Symbol('aborted when the client leaves')

interface AwaitedResponse extends ServerResponse {
  [leaving]?: CallSignal
}

/**
 * Aborted when the client has hung up before its answer was complete; undefined for a call that no client stands behind.
 *
 * It listens to Node's own answer: its `close` comes in any case, while listeners of a request's abort signal are lost once another signal
 * depends on it.
 */
export function clientSignalOf(context: object): AbortSignal | undefined {
  const { res, request } = readContext(context)
  return res instanceof ServerResponse ? leavingOf(res) : request?.signal
}

function leavingOf(response: AwaitedResponse): CallSignal {
  return (response[leaving] ??= listenTo(response))
}

function listenTo(response: ServerResponse): CallSignal {
  const signal = new CallSignal()
  if (response.destroyed) signal.abort()
  else response.once('close', () => !response.writableFinished && signal.abort())
  return signal
}

function readContext(context: object): { readonly res?: unknown; readonly request?: Request } {
  return context
}
