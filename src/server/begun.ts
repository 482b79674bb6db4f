import { hash } from 'node:crypto'
import { IncomingMessage } from 'node:http'
import type { ExecutionResult } from 'graphql'
import type { AccountDirectory } from '../accounts/directory.js'
import type { AtOnce } from '../at-once.js'
import { andThen } from '../at-once.js'
import type { GrantSet } from '../accounts/grant.js'
import type { AuditLog, AuditPlace } from '../audit/audit-log.js'
import type { PreparedOperation } from './prepare-operation.js'
import type { Session } from '../session/session.js'
import type { Sessions } from '../session/sessions.js'
import { arrivedBody, readBody } from './request-body.js'

/** What was begun for a request: whoever needs it next goes on from there, so nobody is asked twice who it is and a body is read once. */
interface Begun {
  session?: AtOnce<Session>
  grants?: Promise<GrantSet>
  body?: AtOnce<Buffer>
  bytes?: Buffer
  digest?: string
  place?: AuditPlace
  executed?: ExecutedOperation
}

/** An operation that was executed in front of the library, and what came of it. */
export interface ExecutedOperation {
  readonly operation: PreparedOperation
  /** The answer, or the rejection that the execution ended with. */
  readonly answer: () => Promise<ExecutionResult>
}

/** On the request itself: a weak map with an entry for each request would keep the garbage collector busy. */
const beginning = Symbol('what was begun')

interface BegunRequest extends IncomingMessage {
  [beginning]?: Begun
}

function begunFor(request: BegunRequest): Begun {
  return (request[beginning] ??= {})
}

/** Who is asking; at once while that is remembered. @throws GatewayError as `Sessions.identify` does, the same one each time */
export function identifyOnce(request: IncomingMessage, sessions: Pick<Sessions, 'identify'>): AtOnce<Session> {
  const { headers } = request
  const csrf = headers['x-substation-csrf']
  return (begunFor(request).session ??= sessions.identify({
    authorization: headers.authorization ?? null,
    cookie: headers.cookie ?? null,
    csrf: typeof csrf === 'string' ? csrf : null,
  }))
}

/** What they may see. @throws GatewayError as `AccountDirectory.grantsOf` does, the same one each time */
export function grantsOnce(request: IncomingMessage, directory: AccountDirectory, session: Session): Promise<GrantSet> {
  return (begunFor(request).grants ??= directory.grantsOf(session))
}

/** The body; at once where it is there. @throws GatewayError as `readBody` does, the same one each time */
export function readBodyOnce(request: IncomingMessage, maxBytes: number): AtOnce<Buffer> {
  const begun = begunFor(request)
  return (begun.body ??= andThen(arrivedBody(request, maxBytes) ?? readBody(request, maxBytes), bytes => (begun.bytes = bytes)))
}

/**
 * SHA-256 of what a request asks, in base64url: its answer is looked for by it, and remembered by it.
 *
 * @param text its body or query string, the same each time
 */
export function digestOnce(request: IncomingMessage, text: Buffer | string): string {
  return (begunFor(request).digest ??= hash('sha256', text, 'base64url'))
}

/** Room for the record of a request. @throws GatewayError as `AuditLog.admit` does */
export function admitOnce(request: IncomingMessage, audit: Pick<AuditLog, 'admit'>): AuditPlace {
  return (begunFor(request).place ??= audit.admit())
}

/** Leaves what came of an operation to whoever tells it: nothing is asked for it again. */
export function handOver(request: IncomingMessage, executed: ExecutedOperation): void {
  begunFor(request).executed = executed
}

/** What was handed over for a request. */
export function executedOf(request: BegunRequest): ExecutedOperation | undefined {
  return request[beginning]?.executed
}

/** The body where it was read already. */
export function bodyReadOf(request: BegunRequest): Buffer | undefined {
  return request[beginning]?.bytes
}

/** Node's own request behind Yoga's; undefined for one that came over no socket, as under `mesh dev`. */
export function socketOf(serverContext: object): IncomingMessage | undefined {
  return 'req' in serverContext && serverContext.req instanceof IncomingMessage ? serverContext.req : undefined
}
