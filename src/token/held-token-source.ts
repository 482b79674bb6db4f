import { upstreamFault } from '../opower/upstream-errors.js'
import type { CredentialWatch } from './credentials.js'
import type { TokenAnswer } from './request-token.js'
import type { TokenAsker, TokenCalls, TokenEvent, TokenWant } from './token-calls.js'
import type { TokenFailureCode } from './token-failure.js'
import { TokenFailure } from './token-failure.js'
import { backOffMs, refreshAfterMs, usableForMs } from './token-life.js'

export interface TokenStatus {
  /**
   * `cold`: none is here and no call has failed. `ready`: a good one is here. `stale`: a good one is here, but its
   * refresh fails. `failing`: none is here, and the last call failed.
   */
  readonly state: 'cold' | 'ready' | 'stale' | 'failing'
  readonly ageSeconds: number | undefined
  /** Negative once the token's life is over. */
  readonly secondsToExpiry: number | undefined
  /** Until another one is asked for while this one still serves; negative while the endpoint is away. */
  readonly secondsToRefresh: number | undefined
  /** Calls to the token endpoint so far, by result. */
  readonly calls: Readonly<Partial<Record<TokenEvent['result'], number>>>
  /** Why the last call failed; undefined after one that did not. */
  readonly lastFailure: TokenFailureCode | undefined
}

export interface TokenSource {
  /**
   * The utility token. While a good one is here nobody waits for it.
   *
   * @throws {GatewayError} `UPSTREAM_UNAVAILABLE`; its `reason` is a `TokenFailure`, for the log
   */
  token(): Promise<string>
  /**
   * Tells that the upstream answered 401 to this token: exactly this one is dropped and another is asked for.
   * Returns whether repeating the call has a chance; false when a fresh token was refused only a moment ago.
   */
  refused(token: string): boolean
  /**
   * For credentials that somebody else may have: drops the token, the pair that worked before, and whatever answer is
   * on its way, and asks anew with what the settings hold now. Resolves once processes that share a store are told.
   */
  forget(): Promise<void>
  status(): TokenStatus
  /** Stops the refresh in the background. A token that is still good goes on being handed out. */
  close(): void
}

interface Dependencies {
  readonly calls: TokenCalls
  readonly asker: TokenAsker
  readonly credentials: CredentialWatch
  readonly now: () => number
  readonly random: () => number
}

interface HeldToken {
  readonly value: string
  readonly askedAt: number
  readonly refreshAt: number
  readonly usableUntil: number
  readonly expiresAt: number
}

/** A token refused at less than this age was hardly ever good: the next refusal is believed later. */
const youngMs = 30_000

/**
 * The token in hand and when to ask for another, a small state machine in which four rules hold:
 * - any number of callers share one call, and once a token is here a refresh runs behind their backs;
 * - only a better answer replaces a token: neither a failed refresh nor an answer that was overtaken does;
 * - after a failure the endpoint is left alone for a while that doubles, and so it is when tokens are refused in a row;
 * - life is measured by a monotonic clock, from when the token was asked for.
 */
export class HeldTokenSource implements TokenSource {
  readonly #calls: TokenCalls
  readonly #asker: TokenAsker
  readonly #credentials: CredentialWatch
  readonly #now: () => number
  readonly #random: () => number
  #held: HeldToken | undefined
  #flight: Promise<void> | undefined
  /** Calls are numbered as they start; an answer counts only when no later one has been taken, or demanded. */
  #started = 0
  #accepted = 0
  #failures = 0
  #lastFailure: TokenFailure | undefined
  #retryAt = -Infinity
  #refusals = 0
  #believeRefusalAt = -Infinity
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor({ calls, asker, credentials, now, random }: Dependencies) {
    this.#calls = calls
    this.#asker = asker
    this.#credentials = credentials
    this.#now = now
    this.#random = random
  }

  async token(): Promise<string> {
    const held = this.#usable()
    if (held === undefined) return this.#waitForToken()
    if (this.#now() >= held.refreshAt) this.#refreshIfDue()
    return held.value
  }

  refused(token: string): boolean {
    const held = this.#held
    if (held?.value !== token) return true
    const now = this.#now()
    if (now < this.#believeRefusalAt) return false
    this.#refusals = now - held.askedAt < youngMs ? this.#refusals + 1 : 1
    this.#believeRefusalAt = now + backOffMs(this.#refusals, this.#random)
    this.#asker.refused(token)
    this.#startOver('any')
    return true
  }

  async forget(): Promise<void> {
    // In this order: what is shared goes under the name of the pair before.
    const told = this.#asker.forget()
    this.dropAll('own')
    await told
  }

  dropAll(want: TokenWant): void {
    this.#credentials.forget()
    this.#startOver(want)
  }

  /** Whether they work shows at once, while the token at hand goes on serving. Before the first caller there is nothing to try. */
  credentialsChanged(): void {
    if (this.#started > 0) this.#refresh('own')
  }

  status(): TokenStatus {
    const [held, now] = [this.#held, this.#now()]
    const isFailing = this.#failures > 0
    const state = this.#usable() === undefined ? (isFailing ? 'failing' : 'cold') : isFailing ? 'stale' : 'ready'
    return {
      state,
      ageSeconds: held && (now - held.askedAt) / 1000,
      secondsToExpiry: held && (held.expiresAt - now) / 1000,
      secondsToRefresh: held && (held.refreshAt - now) / 1000,
      calls: { ...this.#calls.counts },
      lastFailure: this.#lastFailure?.code,
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#credentials.stop()
    this.#asker.close()
  }

  /** What is in flight may have been issued before the token at hand was given up: only a later answer counts. */
  #startOver(want: TokenWant): void {
    this.#held = undefined
    this.#accepted = this.#started
    this.#refresh(want)
  }

  #usable(): HeldToken | undefined {
    return this.#held !== undefined && this.#now() < this.#held.usableUntil ? this.#held : undefined
  }

  /** Without a good token callers wait for the call in flight, or for the one that took its place. */
  async #waitForToken(): Promise<string> {
    this.#refreshIfDue()
    for (let flight = this.#flight; flight !== undefined; flight = this.#flight) {
      await flight
      // Even a token that was old when it came is better than none; one that a failed call left behind is not.
      if (this.#held !== undefined && this.#failures === 0) return this.#held.value
    }
    const failure = this.#closed ? new TokenFailure('closed') : this.#lastFailure
    throw upstreamFault('UPSTREAM_UNAVAILABLE', failure)
  }

  #refreshIfDue(): void {
    if (this.#flight === undefined && this.#now() >= this.#retryAt) this.#refresh()
  }

  #refresh(want: TokenWant = this.#usable() === undefined ? 'any' : 'newer'): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    const [sequence, askedAt] = [++this.#started, this.#now()]
    const flight = this.#asker
      .ask(want)
      .then(
        answer => this.#accept(sequence, askedAt, answer),
        (failure: TokenFailure) => this.#fail(sequence, failure),
      )
      .finally(() => {
        if (this.#flight === flight) this.#flight = undefined
      })
    this.#flight = flight
  }

  #accept(sequence: number, calledAt: number, { value, lifeMs, ageMs = 0 }: TokenAnswer): void {
    if (sequence <= this.#accepted) return
    this.#accepted = sequence
    const askedAt = calledAt - ageMs
    const refreshAt = askedAt + refreshAfterMs(lifeMs, this.#random)
    this.#held = { value, askedAt, refreshAt, usableUntil: askedAt + usableForMs(lifeMs), expiresAt: askedAt + lifeMs }
    this.#failures = 0
    this.#lastFailure = undefined
    this.#retryAt = -Infinity
    this.#wakeAt(refreshAt)
  }

  #fail(sequence: number, failure: TokenFailure): void {
    if (sequence < this.#started) return
    this.#failures += 1
    this.#lastFailure = failure
    this.#retryAt = this.#now() + Math.max(backOffMs(this.#failures, this.#random), failure.retryAfterMs)
    this.#wakeAt(this.#retryAt)
  }

  /** The timer never keeps the process alive. */
  #wakeAt(time: number): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    const wake = () => (this.#flight === undefined ? this.#refresh() : undefined)
    this.#timer = setTimeout(wake, Math.max(0, time - this.#now()))
    this.#timer.unref()
  }
}
