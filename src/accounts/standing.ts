import type { AtOnce } from '../at-once.js'
import { andThen, atOnce } from '../at-once.js'
import { refusal } from '../errors.js'
import type { Session } from '../session/session.js'
import type { Sessions } from '../session/sessions.js'
import type { AccountDirectory } from './directory.js'
import type { GrantSet } from './grant.js'
import type { Scope } from './scope.js'
import { createScope } from './scope.js'

/** Looks once more, before anything leaves, whether a request may still have what it was allowed when it came. */
export interface Standing {
  /**
   * At once where nobody has to be asked. A refusal comes as a rejection.
   *
   * @throws GatewayError `SESSION_EXPIRED` or `UNAUTHENTICATED` when the session no longer holds, `ACCOUNT_NOT_IN_SCOPE`
   *   when its accounts, roles or periods are no longer the same, `UPSTREAM_UNAVAILABLE` when that cannot be found out
   */
  assertUnchanged(customer: { readonly session: Session; readonly scope: Scope }): AtOnce<void>
}

export interface StandingOptions {
  readonly sessions: Pick<Sessions, 'assertGood'>
  /** Remembers its answers, so that a look costs nothing while one is fresh. */
  readonly directory: AccountDirectory
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

export function createStanding({ sessions, directory, now = Date.now }: StandingOptions): Standing {
  return {
    assertUnchanged({ session, scope }) {
      const grants = (): AtOnce<GrantSet> => directory.known?.(session) ?? directory.grantsOf(session)
      const assertSame = (set: GrantSet): void => {
        const { key } = createScope(session, set, now())
        if (key !== scope.key) throw refusal('ACCOUNT_NOT_IN_SCOPE', { cause: 'the mapping changed while the request was answered' })
      }
      return atOnce(() => andThen(andThen(sessions.assertGood(session), grants), assertSame))
    },
  }
}
