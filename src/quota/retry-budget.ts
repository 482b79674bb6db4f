import { GatewayError } from '../errors.js'
import { UpstreamFailure } from '../opower/upstream-errors.js'

export interface RetryBudget {
  /** A first attempt was made. */
  earned(): void
  /** Takes one retry out of the budget, if there is one. */
  spend(): boolean
}

/** One retry for every ten calls, saved up to three: repeats must never become the load that keeps a source down. */
export function createRetryBudget(): RetryBudget {
  const [callsForEach, most] = [10, 3]
  let calls = 0
  return {
    earned: () => void (calls = Math.min(calls + 1, most * callsForEach)),
    spend() {
      if (calls < callsForEach) return false
      calls -= callsForEach
      return true
    },
  }
}

/**
 * Whether the same call may fare better at once: a broken connection, a page of the firewall, a busy source. A time-out has cost too much
 * already, and whoever waited for it has waited long enough.
 */
export function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof GatewayError) || error.code !== 'UPSTREAM_UNAVAILABLE') return false
  const { reason } = error
  return reason instanceof UpstreamFailure && !reason.isTokenRefused
}

/** Somewhere between 50 and 250 milliseconds, so that callers who failed together do not come back together. @param random below 1 */
export function retryPauseMs(random: number): number {
  return 50 + 200 * random
}
