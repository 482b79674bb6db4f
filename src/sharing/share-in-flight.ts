import { digest } from '../accounts/scope.js'
import { canonicalJson } from '../plan/argument-values.js'
import type { UpstreamCall } from '../plan/execute.js'

/** Calls in flight, so that what one scope asks twice at a time is asked once. */
export interface SharedFlights {
  /** The call for one scope: nothing is shared between two. */
  for(scopeKey: string, call: UpstreamCall): UpstreamCall
}

/**
 * Followers get the leader's answer, whatever becomes of the leader: the call belongs to nobody's connection. A
 * mutation is never shared.
 */
export function createSharedFlights(): SharedFlights {
  const flights = new Map<string, Promise<unknown>>()
  return {
    for: (scopeKey, call) => request => {
      if (request.lane === undefined) return call(request)
      const key = digest([scopeKey, request.query, canonicalJson(request.variables)])
      const known = flights.get(key)
      if (known !== undefined) return known
      const flight = call(request).finally(() => void flights.delete(key))
      flights.set(key, flight)
      return flight
    },
  }
}
