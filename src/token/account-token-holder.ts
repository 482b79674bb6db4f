import type { TokenAnswer } from './request-token.js'
import { TokenFailure } from './token-failure.js'
import { backOffMs, refreshAfterMs, usableForMs } from './token-life.js'

export interface AccountTokenHolderOptions {
  /** @throws {TokenFailure} */
  readonly exchange: () => Promise<TokenAnswer>
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number
  /** For jitter: at least 0, below 1. */
  readonly random: () => number
}

interface HeldToken {
  readonly value: string
  readonly askedAt: number
  readonly refreshAt: number
  readonly usableUntil: number
}

/** A token refused at less than this age was hardly ever good: the next refusal is believed later. */
const youngMs = 30_000

/**
 * The account token of one session. Any number of callers share one exchange; one that is getting old is replaced behind the backs of its
 * callers; nothing is done while nobody calls, so a customer who has left costs nothing. After a failure the exchange is left alone for a while
 * that doubles, and so it is when tokens are refused in a row.
 */
export class AccountTokenHolder {
  readonly #options: AccountTokenHolderOptions
  #held: HeldToken | undefined
  #flight: Promise<string> | undefined
  #failures = 0
  #lastFailure: TokenFailure | undefined
  #retryAt = -Infinity
  #refusals = 0
  #believeRefusalAt = -Infinity

  constructor(options: AccountTokenHolderOptions) {
    this.#options = options
  }

  /**
   * The token; never one that outlives the session.
   *
   * @param sessionLeftMs what is left of the session, milliseconds
   * @throws {TokenFailure}
   */
  async token(sessionLeftMs: number): Promise<string> {
    const now = this.#options.now()
    const held = this.#held !== undefined && now < this.#held.usableUntil ? this.#held : undefined
    const isFree = this.#flight === undefined && now >= this.#retryAt
    if (held !== undefined) {
      if (now >= held.refreshAt && isFree) this.#start(sessionLeftMs).catch(() => undefined)
      return held.value
    }
    if (this.#flight !== undefined) return this.#flight
    if (!isFree && this.#lastFailure !== undefined) throw this.#lastFailure
    return this.#start(sessionLeftMs)
  }

  /** Opower does not believe this token: exactly this one is dropped. Returns whether asking for another has a chance. */
  refused(token: string): boolean {
    const held = this.#held
    if (held?.value !== token) return true
    const now = this.#options.now()
    if (now < this.#believeRefusalAt) return false
    this.#refusals = now - held.askedAt < youngMs ? this.#refusals + 1 : 1
    this.#believeRefusalAt = now + backOffMs(this.#refusals, this.#options.random)
    // What is in flight may have been issued before this one was given up: it serves those who wait for it and nobody else.
    this.#held = this.#flight = undefined
    this.#retryAt = -Infinity
    return true
  }

  #start(sessionLeftMs: number): Promise<string> {
    const askedAt = this.#options.now()
    const flight: Promise<string> = this.#options.exchange().then(
      answer => this.#accept(flight, askedAt, answer, sessionLeftMs),
      (error: unknown) => this.#fail(flight, error),
    )
    this.#flight = flight
    return flight
  }

  #accept(flight: Promise<string>, askedAt: number, { value, lifeMs }: TokenAnswer, sessionLeftMs: number): string {
    if (this.#flight !== flight) return value
    const refreshAt = askedAt + refreshAfterMs(lifeMs, this.#options.random)
    this.#held = { value, askedAt, refreshAt, usableUntil: askedAt + Math.min(usableForMs(lifeMs), sessionLeftMs) }
    this.#flight = this.#lastFailure = undefined
    this.#failures = 0
    this.#retryAt = -Infinity
    return value
  }

  #fail(flight: Promise<string>, error: unknown): never {
    const failure = error instanceof TokenFailure ? error : new TokenFailure('malformed')
    if (this.#flight !== flight) throw failure
    this.#flight = undefined
    this.#failures += 1
    this.#lastFailure = failure
    this.#retryAt = this.#options.now() + Math.max(backOffMs(this.#failures, this.#options.random), failure.retryAfterMs)
    throw failure
  }
}
