import { CircuitState, circuitBreaker, BrokenCircuitError, handleWhenResult, SamplingBreaker } from 'cockatiel'
import type { IBackoff, IBackoffFactory } from 'cockatiel'
import type { GatewayError } from '../errors.js'
import { upstreamFault, UpstreamFailure } from '../opower/upstream-errors.js'
import type { CallVerdict } from './judge-call.js'

export interface SourceGuardOptions {
  /** Calls that may be under way at once. @default 200 */
  readonly concurrency?: number
  /** Of the calls of this stretch the breaker looks at the share that went ill, milliseconds. @default 30000 */
  readonly sampleMs?: number
  /** It opens above this share, between 0 and 1. @default 0.5 */
  readonly threshold?: number
  /** And when there were at least so many calls: a few failures in a quiet hour are no reason to stop asking. @default 30 */
  readonly leastCalls?: number
  /** How long it stays open before one call tries, milliseconds; doubled with each try that fails. @default 1000 */
  readonly openMs?: number
  /** The longest that it stays open. @default 30000 */
  readonly longestOpenMs?: number
  /** Hears of each change. Must not throw. */
  readonly onState?: (state: BreakerState) => void
}

export type BreakerState = 'closed' | 'open' | 'half-open'

/** A call as the guard sees it: how it ended, and what that says of the source. */
export interface JudgedCall<T> {
  readonly verdict: CallVerdict
  readonly outcome: { readonly value: T } | { readonly error: unknown }
}

/** What stands between the gateway and one source in trouble. */
export interface SourceGuard {
  readonly state: BreakerState
  /** Why no call can be made now; undefined when one can. */
  hindrance(): GatewayError | undefined
  /**
   * Makes a call, unless the breaker is open or too many are under way.
   *
   * @throws {GatewayError} `UPSTREAM_UNAVAILABLE` when the call was not made; else whatever the call threw
   */
  run<T>(call: () => Promise<JudgedCall<T>>): Promise<T>
}

/**
 * A breaker and a bulkhead. The breaker opens when most calls of the last half minute went ill, and then spares the source and the
 * customers' time; after a while a single call tries whether it is better. The bulkhead keeps a source that hangs from holding
 * everything that the gateway has.
 */
export function createSourceGuard(options: SourceGuardOptions = {}): SourceGuard {
  const { concurrency = 200, onState = () => {} } = options
  const pauses = new Pauses(options)
  const breaker = createBreaker(options, pauses)
  let underWay = 0
  breaker.onStateChange(() => onState(stateOf(breaker.state)))

  function hindrance(): GatewayError | undefined {
    // While one call tries, the others would wait for its end: it may be a long one.
    if (breaker.state === CircuitState.HalfOpen || (breaker.state === CircuitState.Open && !pauses.isOver))
      return notCalled('is in trouble')
    return underWay >= concurrency ? notCalled('has too many calls under way') : undefined
  }

  return {
    get state() {
      return stateOf(breaker.state)
    },
    hindrance,
    async run(call) {
      const reason = hindrance()
      if (reason !== undefined) throw reason
      underWay += 1
      try {
        const { outcome } = await breaker.execute(call)
        if ('error' in outcome) throw outcome.error
        return outcome.value
      } catch (error) {
        throw error instanceof BrokenCircuitError ? notCalled('is in trouble') : error
      } finally {
        underWay -= 1
      }
    },
  }
}

function createBreaker({ sampleMs = 30_000, threshold = 0.5, leastCalls = 30 }: SourceGuardOptions, pauses: Pauses) {
  const breaker = new SamplingBreaker({ threshold, duration: sampleMs, minimumRps: leastCalls / (sampleMs / 1000) })
  const policy = circuitBreaker(
    handleWhenResult(call => isIll(call, policy.state)),
    { halfOpenAfter: pauses, breaker },
  )
  return policy
}

/** A try that says nothing of the source leaves the breaker open: it would close for anything that is not trouble. */
function isIll(call: unknown, state: CircuitState): boolean {
  const verdict = typeof call === 'object' && call !== null && 'verdict' in call ? call.verdict : undefined
  return verdict === 'ill' || (verdict === 'unknown' && state === CircuitState.HalfOpen)
}

function stateOf(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed'
  return state === CircuitState.HalfOpen ? 'half-open' : 'open'
}

function notCalled(why: string): GatewayError {
  return upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure(`was not called: it ${why}`))
}

/** How long the breaker stays open, and since when: the library tells neither. */
class Pauses implements IBackoffFactory<unknown> {
  readonly #first: number
  readonly #longest: number
  #until = 0

  constructor({ openMs = 1_000, longestOpenMs = 30_000 }: SourceGuardOptions) {
    this.#first = openMs
    this.#longest = longestOpenMs
  }

  get isOver(): boolean {
    return Date.now() >= this.#until
  }

  next(): IBackoff<unknown> {
    return this.#pause(this.#first)
  }

  #pause(duration: number): IBackoff<unknown> {
    this.#until = Date.now() + duration
    return { duration, next: () => this.#pause(Math.min(duration * 2, this.#longest)) }
  }
}
