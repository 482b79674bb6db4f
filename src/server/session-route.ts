import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CookieSessions } from '../session/cookie-session.js'
import { unauthenticated } from '../session/bearer.js'
import type { Sessions } from '../session/sessions.js'
import { crossSite } from '../session/sessions.js'
import { answerError, answerRefusal } from './answer.js'
import type { Route } from './front-door.js'
import type { Log } from './log.js'

export interface SessionRouteOptions {
  readonly sessions: Pick<Sessions, 'verify'>
  readonly cookies: Pick<CookieSessions, 'open' | 'close'>
  readonly log: Log
  /** Hears of whoever has signed in, by the header that proved it; must not throw. */
  readonly onOpened?: (authorization: string) => void
}

/**
 * `/session` for browsers: `POST` with a bearer token exchanges it for a cookie that scripts cannot read, `DELETE` ends the
 * session of the cookie. Both answer 204. The token is not repeated, and a cookie alone opens no new session.
 */
export function createSessionRoute(options: SessionRouteOptions): Route {
  return (request, response, path) => {
    if (path !== '/session') return false
    if (request.method === 'POST') void answer(response, options, () => open(request, options))
    else if (request.method === 'DELETE') void answer(response, options, () => close(request, options))
    else answerRefusal(response, 405, 'BAD_REQUEST', 'A session is opened by POST and ended by DELETE.', { allow: 'POST, DELETE' })
    return true
  }
}

async function answer(response: ServerResponse, { log }: SessionRouteOptions, work: () => Promise<string>): Promise<void> {
  try {
    const cookie = await work()
    response.writeHead(204, { 'set-cookie': cookie }).end()
  } catch (error) {
    answerError(response, error, reason => log.error({ err: reason }, 'a browser session could not be served'))
  }
}

async function open({ headers: { authorization } }: IncomingMessage, options: SessionRouteOptions): Promise<string> {
  const cookie = await options.cookies.open(await options.sessions.verify(authorization ?? null))
  if (authorization !== undefined) options.onOpened?.(authorization)
  return cookie
}

async function close({ headers }: IncomingMessage, { cookies }: SessionRouteOptions): Promise<string> {
  const { cookie } = headers
  if (cookie !== undefined && headers['x-substation-csrf'] !== '1') throw crossSite()
  const forgotten = await cookies.close(cookie ?? null)
  if (forgotten === undefined) throw unauthenticated('no session cookie', 'absent')
  return forgotten
}
