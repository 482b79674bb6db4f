import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { EventEmitter, once } from 'node:events'
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'

/** One call as the token endpoint received it. */
export interface ReceivedTokenCall {
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly body: string
}

export interface TokenServer {
  readonly url: URL
  readonly calls: ReceivedTokenCall[]
  /** What the endpoint accepts; anything else gets 401 `invalid_client`. May be changed at any time. */
  credentials: { clientId: string; clientSecret: string }[]
  /** Answers instead of the real endpoint while it is set. */
  answer: ((response: ServerResponse, request: IncomingMessage) => void) | undefined
  /** The raw JSON of `expires_in`; left out of the answer when undefined. */
  expiresIn: string | undefined
  /** Resolves once so many calls have arrived. */
  arrived(count: number): Promise<void>
  close(): Promise<void>
}

/** A token endpoint that really listens: Basic credentials, form body, a new UUID each time, `BEARER` in upper case. */
export async function startTokenServer(credentials: { clientId: string; clientSecret: string }): Promise<TokenServer> {
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const arrivals = new EventEmitter()
  const state: TokenServer = {
    url: new URL(`http://127.0.0.1:${port}/apis/authorization-v1/oauth2/token`),
    calls: [],
    credentials: [credentials],
    answer: undefined,
    expiresIn: '3599',
    async arrived(count) {
      while (state.calls.length < count) await once(arrivals, 'call')
    },
    close: () => new Promise(resolve => (server.close(() => resolve()), server.closeAllConnections())),
  }
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization, 'content-type': contentType } = request.headers
    let body = ''
    for await (const chunk of request) body += String(chunk)
    state.calls.push({ authorization, contentType, body })
    arrivals.emit('call')
    if (state.answer !== undefined) return state.answer(response, request)
    if (!isKnown(state.credentials, authorization)) return json(response, 401, '{"error":"invalid_client"}')
    if (body !== 'grant_type=client_credentials') return json(response, 400, '{"error":"unsupported_grant_type"}')
    json(response, 200, tokenBody(randomUUID(), state.expiresIn))
  }
  return state
}

export function tokenBody(token: string, expiresIn: string | undefined = '3599'): string {
  const life = expiresIn === undefined ? '' : `,"expires_in":${expiresIn}`
  return `{"client_id":"c","access_token":"${token}","token_type":"BEARER","scope":""${life}}`
}

export function json(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

/** Compares the header as it stands: the endpoint does not undo any encoding of the credentials. */
function isKnown(credentials: TokenServer['credentials'], authorization: string | undefined): boolean {
  const headers = credentials.map(({ clientId, clientSecret }) => Buffer.from(`${clientId}:${clientSecret}`).toString('base64'))
  return headers.some(header => authorization === `Basic ${header}`)
}
