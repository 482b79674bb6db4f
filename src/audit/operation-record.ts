import type { Scope } from '../accounts/scope.js'
import { isoTime } from '../iso-time.js'
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

/** The latest of each scope: its operations are nearly always about the same accounts, and thousands of answered ones are remembered. */
const latest = new WeakMap<object, About>()

export function aboutOf(accounts: readonly string[], scope: Pick<Scope, 'byUrn'> | undefined): About {
  const known = scope === undefined ? undefined : latest.get(scope)
  if (known !== undefined && areSame(known.accounts, accounts)) return known
  const about = { accounts, roles: [...new Set(accounts.flatMap(urn => scope?.byUrn.get(urn)?.role ?? []))] }
  if (scope !== undefined) latest.set(scope, about)
  return about
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each, at) => each === others[at])
}

/** Made for every operation, so member after member: copies of copies would cost more than the rest of it. */
export function operationRecord(ended: EndedOperation): OperationRecord {
  const { requestId, session, scope, about, codes } = ended
  const record: { -readonly [Name in keyof OperationRecord]?: OperationRecord[Name] } = { at: isoTime(ended.at) }
  if (requestId !== undefined) record.requestId = requestId
  if (session !== undefined) record.subject = { issuer: session.subject.issuer, sub: session.subject.sub }
  if (session?.subject.actor !== undefined) record.actor = session.subject.actor
  if (scope?.acting !== undefined) record.reason = scope.acting.reason
  record.roles = about.roles
  record.accounts = about.accounts
  record.operation = ended.operation
  record.decision = decisionOf(codes, ended.hasData)
  record.codes = codes
  record.upstreamCalls = ended.upstreamCalls
  return record as OperationRecord
}
