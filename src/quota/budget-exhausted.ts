import { GatewayError } from '../errors.js'

/** Why a call may not be spent now, for the log; the customer is told only when to come back. */
export type DropReason =
  | 'the queue is full'
  | 'its turn would come too late'
  | 'this customer has used up the minute'
  | 'this program has used up the minute'
  | 'the day is used up'
  | 'only more urgent calls are made for the rest of the day'

/**
 * A call that the governor does not let out. It has no HTTP status of its own: it stands at the path of what needed the call, and the
 * request is refused by 503 with `Retry-After` when nothing could be answered.
 *
 * @param retryMs when it is worth while to ask again; told in whole seconds, at least 1
 */
export function budgetExhausted(why: DropReason, retryMs: number): GatewayError {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryMs / 1000))
  const code = 'UPSTREAM_BUDGET_EXHAUSTED'
  return new GatewayError(code, { cause: new CallNotSpent(why, retryAfterSeconds) }, { code, retryAfterSeconds })
}

/** The `reason` of the error: it holds no number of calls, only a word and the seconds that the customer is told as well. */
export class CallNotSpent extends Error {
  readonly retryAfterSeconds: number

  constructor(why: DropReason, retryAfterSeconds: number) {
    super(why)
    this.name = 'CallNotSpent'
    this.retryAfterSeconds = retryAfterSeconds
  }
}
