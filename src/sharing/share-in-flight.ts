import type { UpstreamCall, UpstreamRequest } from '../plan/execute.js'
import { Crowd, nobodyWaits } from './crowd.js'

/** Calls in flight, so that what one scope asks twice at a time is asked once. */
export interface SharedFlights {
  /**
   * The call for one scope: nothing is shared between two.
   *
   * @param client aborted when whoever asks by it has hung up
   */
  for(scopeKey: string, call: UpstreamCall, client?: AbortSignal): UpstreamCall
}

interface Flight {
  readonly answer: Promise<unknown>
  readonly crowd: Crowd
}

/**
 * Followers get the leader's answer, whatever becomes of the leader: the call belongs to nobody's connection, and is given up when all who
 * waited for it have left. A mutation is never shared.
 */
export function createSharedFlights(): SharedFlights {
  /** By the query first: its text is long, and was hashed when it was planned. */
  const flights = new Map<string, Map<string, Flight>>()

  function begin(own: Map<string, Flight>, key: string, call: UpstreamCall, request: UpstreamRequest): Flight {
    const forget = (): void => {
      if (own.get(key) === flight) own.delete(key)
      if (own.size === 0 && flights.get(request.query) === own) flights.delete(request.query)
    }
    // Whoever asks after all have left must not be given what they left behind.
    const crowd = new Crowd(forget)
    const flight = { crowd, answer: call({ ...request, signal: crowd.signal }).finally(forget) }
    own.set(key, flight)
    return flight
  }

  function flightFor(scopeKey: string, call: UpstreamCall, request: UpstreamRequest): Flight {
    // Neither a scope key nor JSON holds a line feed, so no two questions are spelled alike.
    const key = `${scopeKey}\n${JSON.stringify(request.variables)}`
    const own = flights.get(request.query) ?? new Map<string, Flight>()
    flights.set(request.query, own)
    return own.get(key) ?? begin(own, key, call, request)
  }

  return {
    for: (scopeKey, call, client) => async request => {
      if (client?.aborted === true) throw nobodyWaits()
      if (request.lane === undefined) return call({ ...request, signal: signalOf(client) })
      const { crowd, answer } = flightFor(scopeKey, call, request)
      crowd.join(client)
      return answer
    },
  }
}

/** For a call that is one client's own. */
function signalOf(client: AbortSignal | undefined): AbortSignal | undefined {
  if (client === undefined) return undefined
  const crowd = new Crowd()
  crowd.join(client)
  return crowd.signal
}
