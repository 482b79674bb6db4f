import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { AtOnce } from '../at-once.js'
import { atOnce } from '../at-once.js'
import type { GatewayErrorCode } from '../errors.js'
import { errorCodes, GatewayError, refusal } from '../errors.js'

/** On every answer: nothing here is for a shared cache, and no browser may guess another type for it. */
export const safeHeaders = { 'cache-control': 'private, no-store', 'x-content-type-options': 'nosniff' }

/** Sends a value as JSON. */
export function answerJson(response: ServerResponse, status: number, value: unknown, headers: OutgoingHttpHeaders = {}): void {
  answerText(response, status, 'application/json; charset=utf-8', JSON.stringify(value), headers)
}

/** Sends a refusal in GraphQL's own shape, so that clients read every answer of ours the same way. */
export function answerRefusal(
  response: ServerResponse,
  status: number,
  code: GatewayErrorCode,
  message: string,
  headers: OutgoingHttpHeaders = {},
): void {
  answerJson(response, status, { errors: [{ message, extensions: { code } }] }, headers)
}

/**
 * Sends what a route beside GraphQL threw: a refusal with its status and headers, anything else as a fault of ours. Once bytes went out
 * the connection is broken off instead.
 *
 * @param onFault hears of what really happened when it is a fault of ours
 * @param more headers beyond those of the refusal
 */
export function answerError(
  response: ServerResponse,
  error: unknown,
  onFault: (reason: unknown) => void,
  more: OutgoingHttpHeaders = {},
): void {
  const known = error instanceof GatewayError ? error : refusal('INTERNAL', { cause: error })
  if (known.code === 'INTERNAL') onFault(known.reason)
  if (response.headersSent) return void response.destroy()
  const { status = errorCodes[known.code].status, headers = {} } = readHttp(known)
  answerRefusal(response, status, known.code, known.message, { ...headers, ...more })
}

function readHttp({ extensions }: GatewayError): { status?: number; headers?: OutgoingHttpHeaders } {
  return Object(extensions['http']) as { status?: number; headers?: OutgoingHttpHeaders }
}

/** Sends a text or bytes of the given media type. */
export function answerText(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body), ...headers })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

/** Runs an answer that takes time. One that fails is a fault of ours: it ends in a refusal, or in a broken connection once bytes went out. */
export function answerSoon(response: ServerResponse, work: () => AtOnce<void>): void {
  const answered = atOnce(work)
  if (answered instanceof Promise) answered.catch(() => answerFault(response))
}

function answerFault(response: ServerResponse): void {
  if (response.headersSent) response.destroy()
  else answerRefusal(response, errorCodes.INTERNAL.status, 'INTERNAL', errorCodes.INTERNAL.message)
}
