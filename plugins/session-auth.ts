import { identifyOnce, socketOf } from '../src/server/begun.js'
import type { SessionHeaders, Sessions } from '../src/session/sessions.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface SessionAuthOptions {
  readonly sessions: Pick<Sessions, 'identify'>
}

/**
 * Verifies who is asking, before anything else of the request is read: no body, no cache, no schema for a stranger.
 * The verified session, of a bearer token or of the session cookie, stands on the context as `session`.
 *
 * @throws UNAUTHENTICATED, SESSION_EXPIRED (401), UPSTREAM_UNAVAILABLE when it cannot be found out who is asking
 */
export function useSessionAuth({ sessions }: SessionAuthOptions): GatewayPlugin {
  return {
    async onRequestParse({ request, serverContext }) {
      const socket = socketOf(serverContext)
      const session = await (socket === undefined ? sessions.identify(headersOf(request)) : identifyOnce(socket, sessions))
      Object.assign(serverContext, { session })
    },
  }
}

/** Of a request that came over no socket of ours, as under `mesh dev`. */
function headersOf({ headers }: Request): SessionHeaders {
  return { authorization: headers.get('authorization'), cookie: headers.get('cookie'), csrf: headers.get('x-substation-csrf') }
}
