import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Scope } from '../accounts/scope.js'
import type { AuditPlace } from '../audit/audit-log.js'
import type { About } from '../audit/operation-record.js'
import { operationRecord } from '../audit/operation-record.js'
import type { Session } from '../session/session.js'
import type { AccessLine, Answered } from './access-line.js'
import type { NamedOperation } from './named-operation.js'
import { sendAnswer } from './send-answer.js'

/** A whole answer without an error, and all that is noted of it. */
export interface WholeAnswer {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly session: Session
  readonly scope: Scope
  readonly operation: NamedOperation
  readonly about: About
  /** Room for its record. */
  readonly place: AuditPlace
  readonly body: Buffer
  readonly contentType: string
  readonly upstreamCalls: number
  /** What the cache said; undefined where it was not asked. */
  readonly cache: 'hit' | 'miss' | 'windows' | undefined
  /** Milliseconds since the request came. */
  readonly ms: number
}

export interface TellOptions {
  /** The line of the access log for one request. */
  readonly lineOf: (answered: Answered) => AccessLine
  readonly write: (line: AccessLine) => void
  readonly onAnswer: (code: string) => void
  /** Whether each answer says `x-cache`. @default false */
  readonly isShown?: boolean
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

export type TellAnswer = (answer: WholeAnswer) => void

/** Makes what sends an answer that did not come by the library, and notes it as the steps of the whole way do. Whoever left gets nothing. */
export function createTeller({ lineOf, write, onAnswer, isShown = false, now = Date.now }: TellOptions): TellAnswer {
  return ({ request, response, session, scope, operation, about, place, body, contentType, upstreamCalls, cache, ms }) => {
    const codes = response.destroyed ? left : allWell
    const requestId = String(request.headers['x-request-id'])
    write(lineOf({ requestId, session, scope, status: 200, codes, operation, ms, upstreamCalls, cache }))
    place.write(operationRecord({ at: now(), requestId, session, scope, about, operation, codes, hasData: true, upstreamCalls }))
    onAnswer(codes[0])
    if (response.destroyed) return
    const shown = isShown && cache !== undefined ? ['x-cache', cache === 'windows' ? 'hit' : cache] : []
    sendAnswer(request, response, { status: 200, headers: ['content-type', contentType, ...shown], body })
  }
}

const allWell = ['OK'] as const
const left = ['ABORTED'] as const
