import type { SessionVerifier } from '../src/session/verify-session.js'
import { readBearer } from '../src/session/bearer.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface SessionAuthOptions {
  readonly sessions: Pick<SessionVerifier, 'verify'>
}

/**
 * Verifies who is asking, before anything else of the request is read: no body, no cache, no schema for a stranger.
 * The verified session stands on the context as `session`.
 *
 * @throws UNAUTHENTICATED, SESSION_EXPIRED (401), UPSTREAM_UNAVAILABLE when the issuer's keys cannot be had
 */
export function useSessionAuth({ sessions }: SessionAuthOptions): GatewayPlugin {
  return {
    async onRequestParse({ request, serverContext }) {
      const session = await sessions.verify(readBearer(request.headers.get('authorization')))
      Object.assign(serverContext, { session })
    },
  }
}
