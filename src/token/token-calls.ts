import type { Settings } from '../settings.js'
import type { Candidate, CredentialWatch } from './credentials.js'
import type { TokenAnswer } from './request-token.js'
import { requestToken } from './request-token.js'
import type { TokenFailureCode } from './token-failure.js'
import { TokenFailure } from './token-failure.js'

export interface TokenCallOptions {
  readonly settings: Settings['opower']
  readonly credentials: CredentialWatch
  readonly fetch: typeof fetch
  readonly now: () => number
  readonly timeoutMs: number
  readonly onEvent: (event: TokenEvent) => void
}

/** One call to the token endpoint, as the log and the metrics hear of it. No secret is in it. */
export interface TokenEvent {
  readonly result: 'ok' | TokenFailureCode
  readonly ms: number
  /** `previous` when changed credentials did not work yet and the ones before still did. */
  readonly credentials: 'current' | 'previous'
  /** Present when these credentials worked and others had worked last. */
  readonly isRotated?: true
  /** Present when these were refused and others are tried next. */
  readonly isTriedOn?: true
  /** Present unless the result is `ok`. */
  readonly failure?: TokenFailure
}

/** `any`: nothing is at hand. `newer`: the one at hand is getting old. `own`: by the credentials as they are now, whatever others hold. */
export type TokenWant = 'any' | 'newer' | 'own'

/** Where a token comes from: the endpoint, or a store that another process has put one into. */
export interface TokenAsker {
  /** @throws {TokenFailure} */
  ask(want: TokenWant): Promise<TokenAnswer>
  /** Tells that the upstream does not believe this token. */
  refused(token: string): void
  /** Lets go of what is shared with others, and has them do the same. */
  forget(): Promise<void>
  close(): void
}

/** Makes token calls, with every pair of credentials that may work, so that two may overlap while one is rotated. */
export class TokenCalls implements TokenAsker {
  readonly counts: Partial<Record<TokenEvent['result'], number>> = {}
  readonly #options: TokenCallOptions

  constructor(options: TokenCallOptions) {
    this.#options = options
  }

  async ask(): Promise<TokenAnswer> {
    const [first, ...others] = this.#options.credentials.candidates()
    let candidate = first
    for (const next of [...others, undefined]) {
      try {
        return await this.#once(candidate, next !== undefined)
      } catch (error) {
        const isRefused = error instanceof TokenFailure && error.code === 'invalid_client'
        if (!isRefused || next === undefined) throw error
        candidate = next
      }
    }
    throw new TokenFailure('credentials')
  }

  refused(): void {}

  async forget(): Promise<void> {}

  close(): void {}

  async #once({ credentials, which }: Candidate, hasNext: boolean): Promise<TokenAnswer> {
    const { settings, fetch, now, timeoutMs } = this.#options
    const { tokenUrl, clientAuth } = settings
    const startedAt = now()
    const told = (): Pick<TokenEvent, 'ms' | 'credentials'> => ({ ms: now() - startedAt, credentials: which })
    try {
      const answer = await requestToken({ tokenUrl, clientAuth, credentials, fetch, timeoutMs })
      const isRotated = this.#options.credentials.worked(credentials)
      this.#tell({ result: 'ok', ...told(), ...(isRotated ? { isRotated } : {}) })
      return answer
    } catch (error) {
      const failure = error instanceof TokenFailure ? error : new TokenFailure('malformed')
      const isTriedOn = hasNext && failure.code === 'invalid_client'
      this.#tell({ result: failure.code, ...told(), failure, ...(isTriedOn ? { isTriedOn } : {}) })
      throw failure
    }
  }

  #tell(event: TokenEvent): void {
    this.counts[event.result] = (this.counts[event.result] ?? 0) + 1
    this.#options.onEvent(event)
  }
}
