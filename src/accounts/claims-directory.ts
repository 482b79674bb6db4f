import { z } from 'zod'
import type { Session } from '../session/session.js'
import type { AccountDirectory } from './directory.js'
import type { GrantSet } from './grant.js'
import { assertGrants, grantSchema, urnSchema, voidAnswer } from './read-grants.js'
import { digest } from './scope.js'

/**
 * Reads the grants from one claim of the session token: an array of account URNs, of grant objects, or of both.
 * An absent claim is not an empty one: it says nothing, so nobody may rely on it.
 */
export function createClaimsDirectory({ claim }: { readonly claim: string }): AccountDirectory {
  // A session stays one object while its token is remembered: what was read of it is forgotten with it.
  const known = new WeakMap<Session, GrantSet>()
  return {
    known: session => known.get(session),
    async grantsOf(session) {
      const set = known.get(session) ?? readClaim(session, claim)
      known.set(session, set)
      return set
    },
  }
}

const claimSchema = z.array(z.union([urnSchema, grantSchema]))

function readClaim({ claims, utilityCode }: Session, claim: string): GrantSet {
  const read = claimSchema.safeParse(Object.hasOwn(claims, claim) ? claims[claim] : undefined)
  if (!read.success) throw voidAnswer('is not a list of account URNs or grants')
  assertGrants(read.data, undefined, utilityCode)
  return { grants: read.data, version: digest(['claims', JSON.stringify(read.data)]) }
}
