import { unauthenticated } from './bearer.js'
import type { Session } from './session.js'
import { longestSessionMs } from './session.js'

/**
 * The session that verified claims describe.
 *
 * @throws GatewayError `UNAUTHENTICATED` when the subject, the expiry or the actor is malformed, or when the claim
 *   `utility` names another utility than the one served
 */
export function readSession(claims: Session['claims'], issuer: string, utilityCode: string): Session {
  const { sub, exp, iat } = claims
  if (!isName(sub)) throw unauthenticated('the sub claim is not a text')
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw unauthenticated('the exp claim is not a number')
  const utility = claims['utility']
  if (utility !== undefined && utility !== utilityCode) throw unauthenticated('the token is for another utility')
  const actor = readActor(claims['act'], issuer)
  const login = claims['preferred_username']
  return {
    subject: { issuer, sub, ...(actor === undefined ? {} : { actor }) },
    login: isName(login) ? login : sub,
    utilityCode,
    expiresAt: Math.min(exp, typeof iat === 'number' ? iat + longestSessionMs / 1_000 : exp),
    claims,
  }
}

/** RFC 8693 section 4.1. An actor of another issuer is refused: a bare name there could be anybody's here. */
function readActor(act: unknown, issuer: string): string | undefined {
  if (act === undefined) return undefined
  if (typeof act !== 'object' || act === null || !('sub' in act) || !isName(act.sub)) throw unauthenticated('the act claim names nobody')
  if ('iss' in act && act.iss !== issuer) throw unauthenticated('the act claim names an actor of another issuer')
  return act.sub
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
