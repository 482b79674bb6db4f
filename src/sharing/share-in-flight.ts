import { canonicalJson } from '../plan/argument-values.js'
import type { UpstreamCall, UpstreamRequest } from '../plan/execute.js'
import { Crowd, nobodyWaits } from './crowd.js'

/** Calls in flight, so that what one scope asks twice at a time is asked once. */
export interface SharedFlights {
  /**
   * The call for one scope: nothing is shared between two.
   *
   * @param signal aborted when whoever asks by it has hung up
   */
  for(scopeKey: string, call: UpstreamCall, signal?: AbortSignal): UpstreamCall
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
  const flights = new Map<string, Flight>()

  function begin(key: string, call: UpstreamCall, request: UpstreamRequest): Flight {
    const crowd = new Crowd()
    const forget = (): void => void (flights.get(key) === flight && flights.delete(key))
    const flight = { crowd, answer: call({ ...request, signal: crowd.signal }).finally(forget) }
    // Whoever asks after all have left must not be given what they left behind.
    crowd.signal.addEventListener('abort', forget, { once: true })
    flights.set(key, flight)
    return flight
  }

  return {
    for: (scopeKey, call, signal) => async request => {
      if (signal?.aborted === true) throw nobodyWaits()
      if (request.lane === undefined) return call({ ...request, signal })
      // Neither a scope key nor canonical JSON holds a line feed, so no two questions are spelled alike.
      const key = `${scopeKey}\n${canonicalJson(request.variables)}\n${request.query}`
      const { crowd, answer } = flights.get(key) ?? begin(key, call, request)
      crowd.join(signal)
      return answer
    },
  }
}
