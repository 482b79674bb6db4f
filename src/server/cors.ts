import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerRefusal } from './answer.js'
import { presetHeader } from './dressed-response.js'
import type { Route } from './front-door.js'

/** What to do about the `origin` of a request: headers for the answer, and whether the request is only a preflight. */
export interface CorsVerdict {
  readonly headers: Readonly<Record<string, string>>
  readonly preflight: 'none' | 'allowed' | 'refused'
}

/**
 * Cross-origin rules: closed but for origins named exactly (scheme, host and port, compared as a whole).
 *
 * Listed origins may send credentials, that is the session cookie, which also needs a header that a page of any other origin cannot
 * set. `vary: origin` keeps a shared cache from serving one origin's headers to another.
 */
export function createCors(origins: readonly string[]): (request: IncomingMessage) => CorsVerdict {
  const allowed = new Set(origins)
  const vary: Record<string, string> = allowed.size === 0 ? {} : { vary: 'origin' }
  return request => {
    const { origin } = request.headers
    const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
    if (origin === undefined || !allowed.has(origin)) return { headers: vary, preflight: isPreflight ? 'refused' : 'none' }
    const shared = { ...vary, ...sharedHeaders, 'access-control-allow-origin': origin }
    return isPreflight ? { headers: { ...shared, ...preflightHeaders }, preflight: 'allowed' } : { headers: shared, preflight: 'none' }
  }
}

const sharedHeaders = { 'access-control-allow-credentials': 'true', 'access-control-expose-headers': 'x-request-id, retry-after' }

const preflightHeaders = {
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers':
    'authorization, content-type, idempotency-key, x-request-id, x-substation-csrf, x-substation-utility, opower-selected-entities',
  'access-control-max-age': '600',
}

/** Puts the headers of the rules on an answer; whether the request was only a preflight, which is answered by then. */
export function answerCors(cors: (request: IncomingMessage) => CorsVerdict, request: IncomingMessage, response: ServerResponse): boolean {
  const { headers, preflight } = cors(request)
  for (const header of Object.entries(headers)) presetHeader(response, header)
  if (preflight === 'allowed') response.writeHead(204).end()
  if (preflight === 'refused') answerRefusal(response, 403, 'BAD_REQUEST', 'This origin may not call the gateway.')
  return preflight !== 'none'
}

/** The same rules for the routes beside GraphQL whose paths begin so. */
export function withCors(cors: (request: IncomingMessage) => CorsVerdict, prefix: string, route: Route): Route {
  return (request, response, path) => path.startsWith(prefix) && (answerCors(cors, request, response) || route(request, response, path))
}
