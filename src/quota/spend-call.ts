import { HeldResponse, isProven } from '../opower/held-response.js'
import { upstreamFault, UpstreamFailure } from '../opower/upstream-errors.js'
import { TimeLimit } from './time-limit.js'
import type { Clock } from './clock.js'
import type { Governor } from './governor.js'
import type { Priority } from './fair-queue.js'
import { askedToWaitMs, judgeBody, judgeFailure } from './judge-call.js'
import type { RetryBudget } from './retry-budget.js'
import { isWorthRetrying, retryPauseMs } from './retry-budget.js'
import type { JudgedCall, SourceGuard } from './source-guard.js'

/** One call that somebody wants to be made. */
export interface WantedCall {
  readonly customer: string
  /** The program that the customer uses, where the session names it. */
  readonly client?: string | undefined
  readonly priority: Priority
  /** Only a query is sent again when it failed. */
  readonly isQuery: boolean
  /** When the whole request has to be over, by the clock's `now`. */
  readonly deadline: number
  /** Ends when nobody waits for the call any longer: it leaves the queue then, and is not sent again. */
  readonly signal: AbortSignal | undefined
  /** Ends the call itself when it is under way. */
  readonly ending?: AbortSignal | undefined
}

export interface SpenderOptions {
  readonly guard: SourceGuard
  /** Absent for a source whose calls are not rationed. */
  readonly governor?: Governor
  readonly retries: RetryBudget
  readonly clock: Clock
  /** The longest wait for a turn, milliseconds. */
  readonly queueWaitMs: number
  /** How long a call takes at most that was sent: it ends by itself then. @default as long as it likes */
  readonly callMs?: number | undefined
  /** At least 0, below 1. @default Math.random */
  readonly random?: () => number
}

/** Sends the call; the signal ends it when nobody waits any longer or the whole request is over. */
export type Send = (signal: AbortSignal | undefined) => Response | Promise<Response>

/**
 * Makes calls to one source: each in its turn, through the breaker, and a query that failed for the moment once more as far as the budget
 * for repeats goes.
 *
 * @throws {GatewayError} what `Governor.turn` and `SourceGuard.run` throw, `UPSTREAM_TIMEOUT` when the whole request has no time left, and
 * whatever the call itself threw
 */
export function createSpender(options: SpenderOptions): (call: WantedCall, send: Send) => Promise<Response> {
  const { guard, retries, clock, random = Math.random } = options
  return async function spend(call, send) {
    retries.earned()
    const first = new Attempt(call, send, options)
    try {
      return await first.make()
    } catch (error) {
      if (!first.wasSent || !call.isQuery || call.signal?.aborted === true || !isWorthRetrying(error)) throw error
      if (guard.hindrance() !== undefined || !retries.spend()) throw error
    }
    await new Promise<void>(resolve => clock.after(retryPauseMs(random()), resolve))
    return new Attempt(call, send, options).make()
  }
}

/** One call, in its turn and past the guard. */
class Attempt {
  readonly #call: WantedCall
  readonly #send: Send
  readonly #options: SpenderOptions
  /** False while it waits for its turn, and where the guard stopped it. */
  wasSent = false

  constructor(call: WantedCall, send: Send, options: SpenderOptions) {
    this.#call = call
    this.#send = send
    this.#options = options
  }

  make(): Promise<Response> {
    const { guard, governor, clock, queueWaitMs } = this.#options
    const leftMs = this.#call.deadline - clock.now()
    if (leftMs <= 0) throw overDeadline()
    const start = (): Promise<Response> => guard.run(this.#judged)
    if (governor === undefined) return start()
    const { customer, client, priority, signal } = this.#call
    const maxWaitMs = Math.min(queueWaitMs, leftMs)
    return governor.turn({ customer, client, priority, maxWaitMs, signal, hindrance: guard.hindrance }, start)
  }

  readonly #judged = (): Promise<JudgedCall<Response>> => {
    this.wasSent = true
    return judged(this.#call, this.#send, this.#options)
  }
}

async function judged({ deadline, signal, ending }: WantedCall, send: Send, options: SpenderOptions): Promise<JudgedCall<Response>> {
  const { clock, governor, callMs = Infinity } = options
  const leftMs = deadline - clock.now()
  // What ends by itself before the whole request is over needs no second clock.
  const limit = leftMs > callMs ? undefined : new TimeLimit(Math.max(1, leftMs), ending, clock)
  try {
    const response = await send(limit === undefined ? ending : limit.signal)
    return { outcome: { value: response }, verdict: isProven(response) ? 'well' : await verdictOf(response) }
  } catch (error) {
    const waitMs = askedToWaitMs(error)
    if (waitMs !== undefined) governor?.hold(waitMs)
    if (limit?.isOver === true) return { outcome: { error: overDeadline() }, verdict: 'unknown' }
    // What was given up says nothing of the source.
    return { outcome: { error }, verdict: signal?.aborted === true ? 'unknown' : judgeFailure(error) }
  } finally {
    limit?.end()
  }
}

/** The answer of the step below can be read more than once; one in another format proves that somebody is there, as does one that was proven. */
async function verdictOf(response: Response): Promise<JudgedCall<Response>['verdict']> {
  const contentType = response instanceof HeldResponse ? response.header('content-type') : response.headers.get('content-type')
  return /\bjson\b/i.test(contentType ?? '') ? judgeBody(await response.json()) : 'well'
}

function overDeadline(): Error {
  return upstreamFault('UPSTREAM_TIMEOUT', new UpstreamFailure('took longer than the whole request may'))
}
