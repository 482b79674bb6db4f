import type { GatewayErrorCode } from '../errors.js'
import { GatewayError } from '../errors.js'

export type UpstreamErrorCode = Extract<GatewayErrorCode, `UPSTREAM_${string}`>

/**
 * A failed call to an upstream, once execution has begun: the error takes the path of the field that needed the
 * call. It has no HTTP status, because Yoga would give that status to the whole answer, good data included.
 * `cause` is for the log and never sent.
 */
export function upstreamFault(code: UpstreamErrorCode, cause: unknown, message?: string): GatewayError {
  return new GatewayError(code, message === undefined ? { cause } : { cause, message }, { code })
}
