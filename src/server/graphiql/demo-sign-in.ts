import type { IncomingMessage, ServerResponse } from 'node:http'
import { isLoopback } from '../../settings/addresses.js'
import { answerJson, answerRefusal, answerSoon } from '../answer.js'
import type { Route } from '../front-door.js'
import { readBody } from '../request-body.js'

/** How long the demo issuer may take, milliseconds. */
const timeoutMs = 5_000
/** A sign-in request is one short name, bytes. */
const bodyBytes = 1_024

/**
 * Lists the demo's customers and signs one in, for the page: `GET /demo/customers`, `POST /demo/sign-in` of `{ "login" }`, both passed to
 * the demo issuer. It hands out sessions to whoever asks, so it exists only beside the simulator and answers only callers on this very
 * machine that also call it by a name of this machine (a page elsewhere could otherwise point its own name here).
 */
export function createDemoSignIn(issuer: URL): Route {
  return (request, response, path) => {
    if (path !== '/demo/customers' && path !== '/demo/sign-in') return false
    if (!isFromHere(request)) answerRefusal(response, 404, 'BAD_REQUEST', 'Nothing is served here.')
    else if (path === '/demo/customers' && request.method === 'GET')
      answerSoon(response, () => relay(response, new URL('/customers', issuer), { method: 'GET' }))
    else if (path === '/demo/sign-in' && request.method === 'POST') answerSoon(response, () => signIn(request, response, issuer))
    else answerRefusal(response, 405, 'BAD_REQUEST', 'This address is for another method.')
    return true
  }
}

function isFromHere({ socket, headers }: IncomingMessage): boolean {
  const caller = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  const sites = ['same-origin', 'none']
  const isOwnPage = headers['sec-fetch-site'] === undefined || sites.includes(String(headers['sec-fetch-site']))
  return isOwnPage && isLoopbackName(caller.includes(':') ? `[${caller}]` : caller) && isLoopbackName(headers.host ?? '')
}

function isLoopbackName(host: string): boolean {
  return host !== '' && URL.canParse(`http://${host}/`) && isLoopback(new URL(`http://${host}/`))
}

async function signIn(request: IncomingMessage, response: ServerResponse, issuer: URL): Promise<void> {
  if (!(request.headers['content-type'] ?? '').startsWith('application/json')) {
    return answerRefusal(response, 415, 'BAD_REQUEST', 'Send the login as application/json.')
  }
  const body = await readBody(request, bodyBytes).catch(() => undefined)
  if (body === undefined) return answerRefusal(response, 413, 'BAD_REQUEST', 'A login is one short name.', { connection: 'close' })
  const headers = { 'content-type': 'application/json' }
  return relay(response, new URL('/tokens', issuer), { method: 'POST', headers, body: body.toString('utf8') })
}

async function relay(response: ServerResponse, url: URL, init: RequestInit): Promise<void> {
  try {
    const answer = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
    return answerJson(response, answer.status, await answer.json())
  } catch {
    return answerRefusal(response, 502, 'UPSTREAM_UNAVAILABLE', 'The demo’s sign-in does not answer.')
  }
}
