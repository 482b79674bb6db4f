import { wrapFetchWithPlugins } from '@graphql-mesh/runtime'
import type { MeshFetch } from '@graphql-mesh/types'
import { fetch as meshFetch } from '@whatwg-node/fetch'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { GatewayPlugin } from '../../plugins/gateway-plugin.js'

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** With the query. */
  readonly path: string
}

/** An upstream that really listens and answers as the test says. */
export interface Upstream {
  readonly origin: string
  readonly url: string
  readonly received: Received[]
  answer: (response: ServerResponse, received: Received) => unknown
  close(): Promise<void>
}

export const goodBody = '{"data":{"billingAccountsConnection":{"edges":[]}}}'

export async function startUpstream(): Promise<Upstream> {
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const upstream: Upstream = {
    origin,
    url: `${origin}/graphql`,
    received: [],
    answer: response => answerJson(response, 200, goodBody),
    close: () => new Promise(resolve => (server.close(() => resolve()), server.closeAllConnections())),
  }
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const received = { headers: request.headers, body, path: request.url ?? '' }
    upstream.received.push(received)
    upstream.answer(response, received)
  }
  return upstream
}

export function answerJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

/** Mesh's own fetch with the hooks of these plugins around it, as a request of the gateway meets them. */
export function fetchThrough(...plugins: GatewayPlugin[]): MeshFetch {
  const network: GatewayPlugin = { onFetch: ({ setFetchFn }) => setFetchFn(meshFetch) }
  return wrapFetchWithPlugins([network, ...plugins].flatMap(({ onFetch }) => (onFetch === undefined ? [] : [{ onFetch }])))
}

export function graphqlRequest(query: string, headers: Record<string, string> = {}) {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query }) }
}
