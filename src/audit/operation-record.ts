import type { Scope } from '../accounts/scope.js'
import type { Session } from '../session/session.js'
import type { OperationRecord } from './audit-record.js'
import { decisionOf } from './decision.js'

/** Which accounts an operation is about, and in what capacity they are seen. */
export type About = Pick<OperationRecord, 'accounts' | 'roles'>

/** What is known of an operation when it ends; each part is there only once its step has run. */
export interface EndedOperation {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly requestId?: string | undefined
  readonly session?: Session | undefined
  readonly scope?: Pick<Scope, 'acting'> | undefined
  readonly about: About
  readonly operation: OperationRecord['operation']
  readonly codes: readonly string[]
  readonly hasData: boolean
  readonly upstreamCalls: number
}

export function aboutOf(accounts: readonly string[], scope: Pick<Scope, 'byUrn'> | undefined): About {
  return { accounts, roles: [...new Set(accounts.flatMap(urn => scope?.byUrn.get(urn)?.role ?? []))] }
}

export function operationRecord(ended: EndedOperation): OperationRecord {
  const { at, requestId, session, scope, about, operation, codes, hasData, upstreamCalls } = ended
  const { issuer, sub, actor } = session?.subject ?? {}
  const reason = scope?.acting?.reason
  return {
    at: new Date(at).toISOString(),
    ...(requestId === undefined ? {} : { requestId }),
    ...(issuer === undefined || sub === undefined ? {} : { subject: { issuer, sub } }),
    ...(actor === undefined ? {} : { actor }),
    ...(reason === undefined ? {} : { reason }),
    roles: about.roles,
    accounts: about.accounts,
    operation,
    decision: decisionOf(codes, hasData),
    codes,
    upstreamCalls,
  }
}
