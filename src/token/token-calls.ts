import type { Settings } from '../settings.js'
import { areSame, readCredentials } from './credentials.js'
import type { Credentials, TokenAnswer } from './request-token.js'
import { requestToken } from './request-token.js'
import type { TokenFailureCode } from './token-failure.js'
import { TokenFailure } from './token-failure.js'

export interface TokenCallOptions {
  readonly settings: Settings['opower']
  readonly fetch: typeof fetch
  readonly now: () => number
  readonly timeoutMs: number
  readonly onEvent: (event: TokenEvent) => void
}

/** One call to the token endpoint, as the log and the metrics hear of it. No secret is in it. */
export interface TokenEvent {
  readonly result: 'ok' | TokenFailureCode
  readonly ms: number
  /** `previous` when freshly rotated credentials did not work yet and the ones before still did. */
  readonly credentials: 'current' | 'previous'
  /** Present unless the result is `ok`. */
  readonly failure?: TokenFailure
}

/** Makes token calls and remembers which credentials worked last, so that two may overlap while one is rotated. */
export class TokenCalls {
  readonly counts: Partial<Record<TokenEvent['result'], number>> = {}
  readonly #options: TokenCallOptions
  #working: Credentials | undefined

  constructor(options: TokenCallOptions) {
    this.#options = options
  }

  /**
   * One token by the credentials as they are now; where those are refused or cannot be read, by those that worked before.
   *
   * @throws {TokenFailure}
   */
  async ask(): Promise<TokenAnswer> {
    const previous = this.#working
    let current: Credentials | undefined
    try {
      current = readCredentials(this.#options.settings)
      return await this.#once(current, 'current')
    } catch (error) {
      const isAboutCredentials = error instanceof TokenFailure && (error.code === 'credentials' || error.code === 'invalid_client')
      if (!isAboutCredentials || previous === undefined || areSame(previous, current)) throw error
      return this.#once(previous, 'previous')
    }
  }

  async #once(credentials: Credentials, which: TokenEvent['credentials']): Promise<TokenAnswer> {
    const { settings, fetch, now, timeoutMs } = this.#options
    const startedAt = now()
    try {
      const answer = await requestToken({ tokenUrl: settings.tokenUrl, credentials, fetch, timeoutMs })
      this.#working = credentials
      this.#tell({ result: 'ok', ms: now() - startedAt, credentials: which })
      return answer
    } catch (error) {
      const failure = error instanceof TokenFailure ? error : new TokenFailure('malformed')
      this.#tell({ result: failure.code, ms: now() - startedAt, credentials: which, failure })
      throw failure
    }
  }

  #tell(event: TokenEvent): void {
    this.counts[event.result] = (this.counts[event.result] ?? 0) + 1
    this.#options.onEvent(event)
  }
}
