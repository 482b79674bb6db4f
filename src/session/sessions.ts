import type { AtOnce } from '../at-once.js'
import { andThen, atOnce } from '../at-once.js'
import { refusal } from '../errors.js'
import { readBearer, sessionExpired, unauthenticated } from './bearer.js'
import type { CookieSessions } from './cookie-session.js'
import type { Revocations } from './revocations.js'
import type { Session } from './session.js'
import { longestSessionMs } from './session.js'
import type { SessionVerifier } from './verify-session.js'

/** The headers of a request that may prove who is asking; null where absent. */
export interface SessionHeaders {
  readonly authorization: string | null
  readonly cookie: string | null
  /** `x-substation-csrf` */
  readonly csrf: string | null
}

/** Who is asking, by whichever means, and whether they still may. A refusal comes as a rejection. */
export interface Sessions {
  /**
   * The session of a request: of its bearer token, or else of its cookie. A cookie needs the header
   * `x-substation-csrf: 1`, which no form and no other site can send.
   *
   * @throws GatewayError `UNAUTHENTICATED`, `SESSION_EXPIRED`; `UPSTREAM_UNAVAILABLE` when that cannot be found out
   */
  identify(headers: SessionHeaders): AtOnce<Session>
  /** The session of a bearer token alone, for what must not be done with a cookie. @throws GatewayError as `identify` */
  verify(authorization: string | null): AtOnce<Session>
  /** Whether a session is as good as it was when it was identified. @throws GatewayError as `identify` */
  assertGood(session: Session): AtOnce<void>
}

export interface SessionsOptions {
  readonly verifier: Pick<SessionVerifier, 'verify'>
  readonly cookies: CookieSessions
  readonly revocations: Pick<Revocations, 'isRevoked' | 'state'>
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

export function createSessions({ verifier, cookies, revocations, now = Date.now }: SessionsOptions): Sessions {
  function standing(session: Session): Session {
    // A process that has not read once what was withdrawn cannot know whom to refuse.
    if (revocations.state === 'unknown') throw refusal('UPSTREAM_UNAVAILABLE', { cause: 'the withdrawals could not be read yet' })
    if (now() >= session.expiresAt * 1000) throw sessionExpired()
    if (revocations.isRevoked(session)) throw unauthenticated('the session was withdrawn')
    // Without `iat` a life cannot be measured: it is taken as beginning now.
    if (session.expiresAt * 1000 - now() > longestSessionMs) throw unauthenticated('a token that outlives every withdrawal')
    return session
  }

  function verify(authorization: string | null): AtOnce<Session> {
    return atOnce(() => andThen(verifier.verify(readBearer(authorization)), standing))
  }

  async function verifyCookie({ cookie, csrf }: Omit<SessionHeaders, 'authorization'>): Promise<Session> {
    const session = await cookies.find(cookie)
    if (session === undefined) return verify(null)
    if (csrf !== '1') throw crossSite()
    return standing(session)
  }

  return {
    verify,
    identify: headers => (headers.authorization === null ? verifyCookie(headers) : verify(headers.authorization)),
    assertGood: session => atOnce(() => andThen(cookies.isOpen(standing(session)), assertOpen)),
  }
}

function assertOpen(isOpen: boolean): void {
  if (!isOpen) throw unauthenticated('the session was ended')
}

/** The refusal of a cookie that any page could have had the browser send. */
export function crossSite(): Error {
  return refusal('UNAUTHENTICATED', {
    message: 'Requests with the session cookie need the header x-substation-csrf: 1.',
    headers: { 'www-authenticate': 'Bearer realm="substation"' },
    cause: 'a session cookie without the header that other sites cannot send',
  })
}
