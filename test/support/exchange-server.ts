import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createRemoteJWKSet, jwtVerify } from 'jose'

/** One exchange as the server received it. */
export interface ReceivedExchange {
  readonly authorization: string | undefined
  readonly form: URLSearchParams
  /** Whom the token was issued for; undefined where none was. */
  login?: string
  issued?: string
}

export interface ExchangeServer extends AsyncDisposable {
  readonly url: URL
  readonly calls: ReceivedExchange[]
  /** Client id and secret that are accepted, with a colon between. */
  client: string
  /** Answers instead of the real endpoint while it is set. */
  answer: ((response: ServerResponse, received: ReceivedExchange) => void) | undefined
  /** How long an issued token is really good at the edge, seconds; the answer always says 1,200. */
  edgeSeconds: (login: string) => number
  /** While it is set, no exchange is answered before it resolves. */
  gate: Promise<void> | undefined
  /** Resolves once so many exchanges have arrived. */
  arrived(count: number): Promise<void>
}

export interface ExchangeServerOptions {
  readonly simulatorUrl: string
  readonly issuerUrl: string
  readonly client: string
}

/** A token exchange (RFC 8693) that really listens: it verifies the subject token by the issuer's keys and mints edge tokens of the simulator. */
export async function startExchangeServer({ simulatorUrl, issuerUrl, client }: ExchangeServerOptions): Promise<ExchangeServer> {
  const keys = createRemoteJWKSet(new URL(`${issuerUrl}/jwks.json`))
  const arrivals = new EventEmitter()
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const state: ExchangeServer = {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth2/exchange`),
    calls: [],
    client,
    answer: undefined,
    edgeSeconds: () => 1_200,
    gate: undefined,
    async arrived(count) {
      while (state.calls.length < count) await once(arrivals, 'call')
    },
    [Symbol.asyncDispose]: () => new Promise(resolve => (server.close(() => resolve()), server.closeAllConnections())),
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const received: ReceivedExchange = { authorization: request.headers.authorization, form: new URLSearchParams(body) }
    state.calls.push(received)
    arrivals.emit('call')
    await state.gate
    if (state.answer !== undefined) state.answer(response, received)
    else await exchange(received, response)
  }

  async function exchange(received: ReceivedExchange, response: ServerResponse): Promise<void> {
    const { authorization, form } = received
    if (authorization !== `Basic ${Buffer.from(state.client).toString('base64')}`) return reply(response, 401, { error: 'invalid_client' })
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:token-exchange')
      return reply(response, 400, { error: 'unsupported_grant_type' })
    const login = await loginOf(form.get('subject_token') ?? '')
    if (login === undefined) return reply(response, 400, { error: 'invalid_grant', error_description: form.get('subject_token') })
    const token = await mint(login)
    Object.assign(received, { login, issued: token })
    const issued_token_type = 'urn:ietf:params:oauth:token-type:access_token'
    reply(response, 200, { access_token: token, issued_token_type, token_type: 'Bearer', expires_in: 1_200 })
  }

  async function loginOf(token: string): Promise<string | undefined> {
    const { payload } = await jwtVerify(token, keys, { issuer: issuerUrl, audience: 'substation' }).catch(() => ({ payload: {} }))
    return 'preferred_username' in payload ? String(payload['preferred_username']) : undefined
  }

  async function mint(login: string): Promise<string> {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ login, seconds: state.edgeSeconds(login) })
    const minted = await fetch(`${simulatorUrl}/__sim/edge-tokens`, { method: 'POST', headers, body })
    return ((await minted.json()) as { token: string }).token
  }

  return state
}

export function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
