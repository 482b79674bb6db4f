import type { AccountDirectory } from '../accounts/directory.js'
import { digest } from '../accounts/scope.js'
import type { GrantSet } from '../accounts/grant.js'
import type { Standing } from '../accounts/standing.js'
import { createStanding } from '../accounts/standing.js'
import { refusal } from '../errors.js'
import type { CookieSessions } from '../session/cookie-session.js'
import { holdBearers } from '../session/held-bearer.js'
import type { Session } from '../session/session.js'
import { subjectKey } from '../session/session.js'
import type { Sessions } from '../session/sessions.js'
import type { Settings } from '../settings.js'
import type { AccountTokens } from './account-tokens.js'
import { createAccountTokens } from './account-tokens.js'
import type { TokenFailureCode } from './token-failure.js'
import type { TokenSource } from './token-source.js'

/** The parts of a gateway that are others where each customer has a token. */
export interface TokenParts {
  readonly tokens: TokenSource
  readonly sessions: Sessions
  readonly cookies: CookieSessions
  readonly directory: AccountDirectory
  readonly standing: Standing
  readonly metrics: { tokenCalled(result: 'ok' | TokenFailureCode): void }
  readonly log: { warn(detail: object, message: string): void }
}

/** The utility's token for lookups of the gateway's own, and a token of the customer's own for every call that is made for one. */
export interface CustomerTokenSource extends TokenSource, Pick<AccountTokens, 'of'> {}

/**
 * The same parts for a gateway whose calls carry each customer's own token; as they came where the settings name no exchange.
 *
 * Then sessions are of bearer tokens alone, and every scope is one person's: what one person's token brought is nobody else's, not even a
 * joint holder's, whose own token may show less. So calls in flight, pages, ids, cursors and kept answers are shared with nobody. A joint
 * holder costs a call more; that is the price.
 */
export function withAccountTokens<P extends TokenParts>(parts: P, { opower }: Pick<Settings, 'opower'>): P {
  const { account } = opower
  if (account === undefined) return parts
  const { sessions, bearerOf } = holdBearers(parts.sessions)
  const { metrics, log } = parts
  const accounts = createAccountTokens({
    settings: { ...opower, account },
    bearerOf,
    onExchange(result, failure) {
      metrics.tokenCalled(result)
      if (failure !== undefined) log.warn({ err: failure }, 'no account token for a customer')
    },
  })
  log.warn({}, 'each customer has a token of their own: sessions in a cookie are refused, since nothing is kept of them to exchange')
  const directory = personal(parts.directory)
  return {
    ...parts,
    tokens: combine(parts.tokens, accounts),
    sessions,
    cookies: { ...parts.cookies, open: refuseToOpen },
    directory,
    standing: createStanding({ sessions, directory }),
  }
}

function combine(utility: TokenSource, accounts: AccountTokens): CustomerTokenSource {
  return {
    token: () => utility.token(),
    refused: token => utility.refused(token),
    of: session => accounts.of(session),
    async forget() {
      accounts.forget()
      await utility.forget()
    },
    status: () => utility.status(),
    close: () => utility.close(),
  }
}

async function refuseToOpen(): Promise<never> {
  throw refusal('BAD_REQUEST', {
    message: 'Browser sessions are not served here: send the session token as a bearer token with each request.',
    cause: 'a browser session would have no token that could be exchanged',
  })
}

/** The person is in the version of the mapping, and so in every key that is made of a scope. */
function personal(directory: AccountDirectory): AccountDirectory {
  const latest = new WeakMap<Session, { readonly of: GrantSet; readonly set: GrantSet }>()
  const own = (session: Session, of: GrantSet): GrantSet => {
    const known = latest.get(session)
    if (known?.of === of) return known.set
    const set = { ...of, version: digest(['person', subjectKey(session.subject), of.version]) }
    latest.set(session, { of, set })
    return set
  }
  return {
    grantsOf: async session => own(session, await directory.grantsOf(session)),
    known(session) {
      const set = directory.known?.(session)
      return set === undefined ? undefined : own(session, set)
    },
  }
}
