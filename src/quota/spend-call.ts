import { HeldResponse } from '../opower/held-response.js'
import { upstreamFault, UpstreamFailure } from '../opower/upstream-errors.js'
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
}

export interface SpenderOptions {
  readonly guard: SourceGuard
  /** Absent for a source whose calls are not rationed. */
  readonly governor?: Governor
  readonly retries: RetryBudget
  readonly clock: Clock
  /** The longest wait for a turn, milliseconds. */
  readonly queueWaitMs: number
  /** At least 0, below 1. @default Math.random */
  readonly random?: () => number
}

/** Sends the call; the signal ends it when the whole request is over. */
export type Send = (signal: AbortSignal) => Promise<Response>

/**
 * Makes calls to one source: each in its turn, through the breaker, and a query that failed for the moment once more as far as the budget
 * for repeats goes.
 *
 * @throws {GatewayError} what `Governor.turn` and `SourceGuard.run` throw, `UPSTREAM_TIMEOUT` when the whole request has no time left, and
 * whatever the call itself threw
 */
export function createSpender(options: SpenderOptions): (call: WantedCall, send: Send) => Promise<Response> {
  const { retries, clock, random = Math.random } = options
  return async function spend(call, send) {
    retries.earned()
    const first = await attempt(call, send, options)
    if ('response' in first) return first.response
    if (!first.wasSent || !call.isQuery || call.signal?.aborted === true || !isWorthRetrying(first.error)) throw first.error
    if (options.guard.hindrance() !== undefined || !retries.spend()) throw first.error
    await new Promise<void>(resolve => clock.after(retryPauseMs(random()), resolve))
    const second = await attempt(call, send, options)
    if ('response' in second) return second.response
    throw second.error
  }
}

type Attempt = { readonly response: Response } | { readonly error: unknown; readonly wasSent: boolean }

async function attempt(call: WantedCall, send: Send, { guard, governor, clock, queueWaitMs }: SpenderOptions): Promise<Attempt> {
  let wasSent = false
  const start = (): Promise<Response> =>
    guard.run(() => {
      wasSent = true
      return judged(call, send, clock, governor)
    })
  const leftMs = call.deadline - clock.now()
  try {
    if (leftMs <= 0) throw overDeadline()
    const request = { ...call, maxWaitMs: Math.min(queueWaitMs, leftMs), hindrance: guard.hindrance }
    return { response: await (governor === undefined ? start() : governor.turn(request, start)) }
  } catch (error) {
    return { error, wasSent }
  }
}

async function judged(
  { deadline, signal }: WantedCall,
  send: Send,
  clock: Clock,
  governor: Governor | undefined,
): Promise<JudgedCall<Response>> {
  const end = new AbortController()
  const cancel = clock.after(Math.max(1, deadline - clock.now()), () => end.abort())
  try {
    const response = await send(end.signal)
    return { outcome: { value: response }, verdict: await verdictOf(response) }
  } catch (error) {
    const waitMs = askedToWaitMs(error)
    if (waitMs !== undefined) governor?.hold(waitMs)
    if (end.signal.aborted) return { outcome: { error: overDeadline() }, verdict: 'unknown' }
    // What was given up says nothing of the source.
    return { outcome: { error }, verdict: signal?.aborted === true ? 'unknown' : judgeFailure(error) }
  } finally {
    cancel()
  }
}

/** The answer of the step below can be read more than once; one in another format proves that somebody is there, as does one that was proven. */
async function verdictOf(response: Response): Promise<JudgedCall<Response>['verdict']> {
  const isHeld = response instanceof HeldResponse
  if (isHeld && response.proof !== undefined) return 'well'
  const contentType = isHeld ? response.header('content-type') : response.headers.get('content-type')
  const isJson = /\bjson\b/i.test(contentType ?? '')
  return isJson ? judgeBody(await response.json()) : 'well'
}

function overDeadline(): Error {
  return upstreamFault('UPSTREAM_TIMEOUT', new UpstreamFailure('took longer than the whole request may'))
}
