import { createHmac } from 'node:crypto'
import type { Scope } from '../accounts/scope.js'
import type { Session } from '../session/session.js'
import { subjectKey } from '../session/session.js'
import type { NamedOperation } from './named-operation.js'

/** One request in the log. Nothing in it names a person or an account. */
export interface AccessLine {
  readonly requestId?: string
  readonly status: number
  /** The codes of the errors sent, `OK` alone where there were none. */
  readonly codes: readonly string[]
  readonly operationName?: string
  /** The first 16 hexadecimal digits of the document's SHA-256. */
  readonly operationHash?: string
  readonly ms: number
  readonly upstreamCalls: number
  readonly cache?: string
  /** Tells the requests of one customer apart within one run of the gateway. */
  readonly subject?: string
  /** How many accounts the session may see, never which. */
  readonly accounts?: number
}

/** What is known of a request when it is answered; each part is there only once its step has run. */
export interface Answered {
  readonly requestId?: string | undefined
  readonly session?: Session | undefined
  readonly scope?: Pick<Scope, 'grants'> | undefined
  readonly status: number
  readonly codes: readonly string[]
  readonly operation: NamedOperation
  /** Milliseconds from its first byte on, fractions included. */
  readonly ms: number
  readonly upstreamCalls: number
  readonly cache?: string | undefined
}

/** The members of a line in JSON, in their order. Name after name: it runs for every answer. */
export function membersOf(line: AccessLine): string {
  const { requestId, subject, accounts, status, codes, operationName, operationHash, ms, upstreamCalls, cache } = line
  let text = requestId === undefined ? '' : `"requestId":${JSON.stringify(requestId)},`
  if (subject !== undefined) text += `"subject":"${subject}",`
  if (accounts !== undefined) text += `"accounts":${accounts},`
  text += `"status":${status},"codes":${JSON.stringify(codes)}`
  if (operationName !== undefined) text += `,"operationName":${JSON.stringify(operationName)}`
  if (operationHash !== undefined) text += `,"operationHash":"${operationHash}"`
  text += `,"ms":${ms},"upstreamCalls":${upstreamCalls}`
  return cache === undefined ? text : `${text},"cache":${JSON.stringify(cache)}`
}

/** Makes lines in which each customer is a digest under this key. */
export function createAccessLine(subjectDigestKey: Buffer): (answered: Answered) => AccessLine {
  const digests = new WeakMap<Session, string>()
  const digestOf = (session: Session): string => {
    const digest =
      digests.get(session) ?? createHmac('sha256', subjectDigestKey).update(subjectKey(session.subject)).digest('hex').slice(0, 16)
    digests.set(session, digest)
    return digest
  }
  // Member after member: it runs for every answer, and copies of copies would cost more than all the rest of the line.
  return ({ requestId, session, scope, status, codes, operation: { name, hash }, ms, upstreamCalls, cache }) => {
    const line: { -readonly [Name in keyof AccessLine]?: AccessLine[Name] } = {}
    if (requestId !== undefined) line.requestId = requestId
    if (session !== undefined) line.subject = digestOf(session)
    if (scope !== undefined) line.accounts = scope.grants.length
    line.status = status
    line.codes = codes
    if (name !== undefined) line.operationName = name
    if (hash !== undefined) line.operationHash = hash.slice(0, 16)
    line.ms = Math.round(ms * 100) / 100
    line.upstreamCalls = upstreamCalls
    if (cache !== undefined) line.cache = cache
    return line as AccessLine
  }
}
