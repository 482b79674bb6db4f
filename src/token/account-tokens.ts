import { LRUCache } from 'lru-cache'
import { digest } from '../accounts/scope.js'
import { refusal } from '../errors.js'
import { upstreamFault } from '../opower/upstream-errors.js'
import { sessionExpired } from '../session/bearer.js'
import { bearerOnly } from '../session/held-bearer.js'
import type { Session } from '../session/session.js'
import { subjectKey } from '../session/session.js'
import type { Settings } from '../settings.js'
import type { AccountTokenSettings } from '../settings/account-token.js'
import { AccountTokenHolder } from './account-token-holder.js'
import { exchangeToken, isSessionRefused } from './account-token-request.js'
import { CredentialWatch } from './credentials.js'
import type { TokenAnswer } from './request-token.js'
import { TokenFailure } from './token-failure.js'
import type { TokenFailureCode } from './token-failure.js'
import type { TokenSource } from './token-source.js'

/** With which token one call goes. */
export type CallTokens = Pick<TokenSource, 'token' | 'refused'>

/** A token for each customer, of the customer's own. */
export interface AccountTokens {
  /**
   * The tokens for the calls of this session. Its `token` throws GatewayError `UPSTREAM_REFUSED` when the exchange does not accept the
   * session, `UPSTREAM_UNAVAILABLE` when it cannot be asked or refuses the gateway, `SESSION_EXPIRED` for a session that is over.
   *
   * @throws GatewayError `UNAUTHENTICATED` without the token that proved the session, `INTERNAL` without a session: such a call is a fault,
   *   and the utility's token must not stand in
   */
  of(session: Session | undefined): CallTokens
  /** Drops every token, and the credentials that worked before. */
  forget(): void
}

export interface AccountTokensOptions {
  readonly settings: Pick<Settings['opower'], 'clientId' | 'clientSecret' | 'clientAuth'> & { readonly account: AccountTokenSettings }
  readonly bearerOf: (session: Session) => string | undefined
  /** @default the global fetch */
  readonly fetch?: typeof fetch
  /** A clock that never goes back, in milliseconds. @default performance.now */
  readonly now?: () => number
  /** Milliseconds since the epoch, for the session's own end. @default Date.now */
  readonly wallNow?: () => number
  /** For jitter: at least 0, below 1. @default Math.random */
  readonly random?: () => number
  /** Time limit of one exchange, in milliseconds. @default 10000 */
  readonly timeoutMs?: number
  /** Sessions whose token is kept; the one that was not used for longest makes room. @default 10000 */
  readonly entries?: number
  /** Exchanges under way at once; more are refused, so that an exchange that hangs holds no more than that. @default 200 */
  readonly maxInFlight?: number
  /** Hears of every exchange; must not throw. */
  readonly onExchange?: (result: 'ok' | TokenFailureCode, failure?: TokenFailure) => void
}

/**
 * Makes the source of account tokens: one per subject and session token, kept in memory for the shorter of its own life and the session's.
 * Two sessions never share a token, not even of one person: they may have been given different rights.
 */
export function createAccountTokens(options: AccountTokensOptions): AccountTokens {
  const { settings, bearerOf, now = () => performance.now(), wallNow = Date.now, random = Math.random, entries = 10_000 } = options
  const credentials = new CredentialWatch({ settings })
  const exchange = createExchange(options, credentials)
  const holders = new LRUCache<string, AccountTokenHolder>({ max: entries })
  const leftOf = ({ expiresAt }: Session): number => {
    const leftMs = expiresAt * 1000 - wallNow()
    if (leftMs <= 0) throw sessionExpired()
    return leftMs
  }
  function holderOf(session: Session, bearer: string): AccountTokenHolder {
    // Only a digest of the session token is a key: whoever lists the keys has no token.
    const key = digest([subjectKey(session.subject), bearer])
    const known = holders.get(key)
    if (known !== undefined) return known
    const holder = new AccountTokenHolder({ exchange: () => exchange(bearer), now, random })
    holders.set(key, holder, { ttl: Math.ceil(leftOf(session)) })
    return holder
  }
  return {
    of(session) {
      if (session === undefined)
        throw refusal('INTERNAL', { cause: 'a call that belongs to no customer, so that no account token is for it' })
      const bearer = bearerOf(session)
      if (bearer === undefined) throw bearerOnly()
      return {
        async token() {
          const leftMs = leftOf(session)
          return holderOf(session, bearer).token(leftMs).catch(asCoded)
        },
        refused: token => holderOf(session, bearer).refused(token),
      }
    },
    forget() {
      holders.clear()
      credentials.forget()
    },
  }
}

/** One exchange with every pair of credentials that may work: two may overlap while one is rotated. */
function createExchange(options: AccountTokensOptions, credentials: CredentialWatch): (bearer: string) => Promise<TokenAnswer> {
  const { settings, fetch = globalThis.fetch, timeoutMs = 10_000, maxInFlight = 200, onExchange = () => {} } = options
  const request = { settings: settings.account, clientAuth: settings.clientAuth, fetch, timeoutMs }
  let inFlight = 0
  async function once(bearer: string): Promise<TokenAnswer> {
    let refused: TokenFailure | undefined
    for (const { credentials: pair } of credentials.candidates()) {
      try {
        const answer = await exchangeToken({ ...request, credentials: pair, bearer })
        credentials.worked(pair)
        return answer
      } catch (error) {
        if (!(error instanceof TokenFailure) || error.code !== 'invalid_client') throw error
        refused = error
      }
    }
    throw refused ?? new TokenFailure('credentials')
  }
  return async bearer => {
    if (inFlight >= maxInFlight) throw new TokenFailure('unavailable', 'too many exchanges are under way')
    inFlight += 1
    try {
      const answer = await once(bearer)
      onExchange('ok')
      return answer
    } catch (error) {
      const failure = error instanceof TokenFailure ? error : new TokenFailure('malformed')
      onExchange(failure.code, failure)
      throw failure
    } finally {
      inFlight -= 1
    }
  }
}

function asCoded(failure: unknown): never {
  if (failure instanceof TokenFailure && isSessionRefused(failure))
    throw upstreamFault('UPSTREAM_REFUSED', failure, 'The data source did not accept this sign-in. Sign in again.')
  throw upstreamFault('UPSTREAM_UNAVAILABLE', failure)
}
