import type { IncomingMessage } from 'node:http'

/** What to do about the `origin` of a request: headers for the answer, and whether the request is only a preflight. */
export interface CorsVerdict {
  readonly headers: Readonly<Record<string, string>>
  readonly preflight: 'none' | 'allowed' | 'refused'
}

/**
 * Cross-origin rules: closed but for origins named exactly (scheme, host and port, compared as a whole).
 *
 * Credentials are never allowed: a session travels in the `authorization` header, which the page must set itself, so no
 * cookie can be used from another origin. `vary: origin` keeps a shared cache from serving one origin's headers to another.
 */
export function createCors(origins: readonly string[]): (request: IncomingMessage) => CorsVerdict {
  const allowed = new Set(origins)
  const vary: Record<string, string> = allowed.size === 0 ? {} : { vary: 'origin' }
  return request => {
    const { origin } = request.headers
    const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
    if (origin === undefined || !allowed.has(origin)) return { headers: vary, preflight: isPreflight ? 'refused' : 'none' }
    const shared = { ...vary, 'access-control-allow-origin': origin, 'access-control-expose-headers': 'x-request-id, retry-after' }
    return isPreflight ? { headers: { ...shared, ...preflightHeaders }, preflight: 'allowed' } : { headers: shared, preflight: 'none' }
  }
}

const preflightHeaders = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type, x-request-id, x-substation-csrf, opower-selected-entities',
  'access-control-max-age': '600',
}
