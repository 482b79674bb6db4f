import { GatewayError } from '../../errors.js'
import { readMembers } from '../../opower/read-members.js'
import { systemCodeOf, UpstreamFailure, upstreamFault } from '../../opower/upstream-errors.js'

/** `query_canceled`: the statement's own limit. */
const cancelled = '57014'

/**
 * What the database or the way to it did wrong, as a coded error. The driver's errors quote the query, the row and the
 * address (`detail`, `where`, `address`): none of that goes on, only the code.
 */
export function billingFault(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const { code, message } = readMembers(error)
  const failure = new UpstreamFailure(`the billing database failed: ${systemCodeOf(error)}`)
  if (code === cancelled || isDriverTimeout(message)) return upstreamFault('UPSTREAM_TIMEOUT', failure)
  return upstreamFault(isRefusal(code) ? 'UPSTREAM_REFUSED' : 'UPSTREAM_UNAVAILABLE', failure)
}

/** The driver's own limits have no code. */
function isDriverTimeout(message: unknown): boolean {
  return (
    message === 'Query read timeout' ||
    (typeof message === 'string' && /^timeout exceeded when trying to connect|connection timeout/.test(message))
  )
}

/** Not the right login (class 28), a missing right or a missing name (class 42), a write (25006). */
function isRefusal(code: unknown): boolean {
  return typeof code === 'string' && /^(?:28|42)\w{3}$|^25006$/.test(code)
}
