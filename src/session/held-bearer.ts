import { refusal } from '../errors.js'
import type { Session } from './session.js'
import type { Sessions } from './sessions.js'
import { readBearer } from './bearer.js'

/** Sessions whose token is still at hand once they are verified. */
export interface HeldBearers {
  /** The same sessions, of bearer tokens alone. */
  readonly sessions: Sessions
  /** The token that proved this session; undefined for one that did not come from `sessions`. */
  bearerOf(session: Session): string | undefined
}

/**
 * Keeps the token of a session for as long as the session itself is in memory, beside it and not in it: whatever logs, records or keeps a
 * session has no token. A token is held only after it was verified.
 *
 * A session of a cookie is refused: of its token nothing was kept, so there is nothing that could stand for the customer.
 */
export function holdBearers(sessions: Sessions): HeldBearers {
  const bearers = new WeakMap<Session, string>()
  const hold = (session: Session, authorization: string | null): Session => {
    bearers.set(session, readBearer(authorization))
    return session
  }
  return {
    sessions: {
      async identify(headers) {
        const session = await sessions.identify(headers)
        if (headers.authorization === null) throw bearerOnly()
        return hold(session, headers.authorization)
      },
      verify: async authorization => hold(await sessions.verify(authorization), authorization),
      assertGood: session => sessions.assertGood(session),
    },
    bearerOf: session => bearers.get(session),
  }
}

/** The refusal of a good session that came without its token. */
export function bearerOnly(): Error {
  return refusal('UNAUTHENTICATED', {
    message: 'Browser sessions are not served here: send the session token as a bearer token with each request.',
    headers: { 'www-authenticate': 'Bearer realm="substation"' },
    cause: 'a session without its bearer token, which cannot be exchanged for an account token',
  })
}
