import type { Revocations } from '../session/revocations.js'
import type { Session } from '../session/session.js'
import type { CachedDirectory } from './cached-directory.js'
import type { AccountDirectory } from './directory.js'
import type { Grant, GrantSet } from './grant.js'

/**
 * The same directory without the accounts that an operator withdrew: a session as old as the withdrawal no longer has
 * them, whatever its token or the directory still says; for a newer one the directory decides again.
 */
export function createWithdrawingDirectory(directory: AccountDirectory, revocations: Revocations): AccountDirectory {
  const left = (session: Session, set: GrantSet): GrantSet => {
    const isWithdrawn = ({ urn }: Grant): boolean => revocations.isWithdrawn(urn, session)
    return set.grants.some(isWithdrawn) ? { ...set, grants: set.grants.filter(grant => !isWithdrawn(grant)) } : set
  }
  return {
    grantsOf: async session => left(session, await directory.grantsOf(session)),
    known(session) {
      const set = directory.known?.(session)
      return set === undefined ? undefined : left(session, set)
    },
  }
}

/** Has remembered answers forgotten as soon as this process learns that they may no longer be true. */
export function forgetOnNotice(directory: CachedDirectory, revocations: Revocations): void {
  revocations.onNotice(({ about }) =>
    directory.forget(({ issuer, sub, actor }, { grants }) => {
      if ('all' in about) return true
      if ('tag' in about) return false
      if ('account' in about) return grants.some(({ urn }) => urn === about.account)
      // The end of one session says nothing of what its person may see in another.
      return 'sub' in about && issuer === about.issuer && (sub === about.sub || actor === about.sub)
    }),
  )
}
