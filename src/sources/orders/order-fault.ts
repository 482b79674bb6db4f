import { GatewayError } from '../../errors.js'
import { readMembers } from '../../opower/read-members.js'
import { UpstreamFailure, upstreamFault } from '../../opower/upstream-errors.js'

/**
 * What the field service did wrong, as a coded error. A SOAP fault speaks of the order and its customer (`faultstring`,
 * `detail`), and the library's errors hold the whole answer: none of that goes on.
 */
export function orderFault(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const fault = faultOf(error)
  if (fault === undefined) return upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('answered no appointments'))
  // SOAP 1.1 section 4.4.1: `Client` means that the question was wrong.
  const isOurs = /(?:^|:)Client(?:\.|$)/.test(String(fault))
  return upstreamFault(isOurs ? 'UPSTREAM_REFUSED' : 'UPSTREAM_UNAVAILABLE', new UpstreamFailure('answered a SOAP fault'))
}

function faultOf(error: unknown): unknown {
  const { root } = readMembers(error)
  const { Envelope } = readMembers(root)
  const { Body } = readMembers(Envelope)
  const { Fault } = readMembers(Body)
  return Fault === undefined ? undefined : (readMembers(Fault)['faultcode'] ?? '')
}
