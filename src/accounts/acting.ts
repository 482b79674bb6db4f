import type { GatewayError } from '../errors.js'
import { refusal } from '../errors.js'
import type { Session } from '../session/session.js'
import type { Grant } from './grant.js'
import { maxReasonLength, voidAnswer } from './read-grants.js'
import { roleRules } from './role-rules.js'

/** Somebody who acts for the customer of the session, and why: for the audit log. */
export interface Acting {
  /** The actor of the token (`act.sub`, RFC 8693 section 4.1), at the session's own issuer. */
  readonly actor: string
  readonly reason: string
}

/**
 * Who acts in this session for the one customer that it is about; undefined when the customers act themselves.
 * The reason comes from the token (`act.reason`) or else from the grants.
 *
 * @throws GatewayError `INTERNAL` when grants for somebody who acts stand in a session of the customer's own or the
 *   other way round: one would lend the other's rights. `ACCOUNT_NOT_IN_SCOPE` when no reason is given
 */
export function actingIn({ subject, claims }: Session, grants: readonly Grant[]): Acting | undefined {
  const { actor } = subject
  const expected = actor === undefined ? 'self' : 'another'
  if (grants.some(({ role }) => roleRules[role].actsFor !== expected)) {
    throw voidAnswer(actor === undefined ? 'grants what only somebody who acts may have' : 'grants what only the customer may have')
  }
  if (actor === undefined) return undefined
  const reason = readReason(claims['act']) ?? commonReason(grants)
  if (reason === undefined) throw withoutReason()
  return { actor, reason }
}

function readReason(act: unknown): string | undefined {
  const reason = typeof act === 'object' && act !== null && 'reason' in act ? act.reason : undefined
  return isReason(reason) ? reason.trim() : undefined
}

/** Every account needs one: what is missing for one account is missing for the request. */
function commonReason(grants: readonly Grant[]): string | undefined {
  const reasons = grants.map(({ reason }) => reason)
  return reasons.length > 0 && reasons.every(isReason) ? [...new Set(reasons)].join('; ') : undefined
}

function isReason(reason: unknown): reason is string {
  return typeof reason === 'string' && reason.trim() !== '' && reason.length <= maxReasonLength
}

function withoutReason(): GatewayError {
  return refusal('ACCOUNT_NOT_IN_SCOPE', {
    message: 'Acting for a customer needs a reason.',
    cause: 'the token names an actor, and neither it nor the directory gives a reason',
  })
}
