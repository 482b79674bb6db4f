import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'

export interface JsonAnswer {
  readonly status?: number
  readonly body: unknown
}

/** Answers one route; `body` is the request's parsed JSON, `undefined` where there is none or it is not JSON. */
export type JsonRoute = (body: unknown) => JsonAnswer | Promise<JsonAnswer>

export interface JsonServerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** By method and path, such as `GET /jwks.json`. */
  readonly routes: Readonly<Record<string, JsonRoute>>
}

export interface RunningServer {
  /** The origin, without a slash at its end. */
  readonly url: string
  close(): Promise<void>
}

/** A small HTTP server for the demo's own services: JSON in, JSON out, for callers on this machine. */
export async function startJsonServer({ host, port, routes }: JsonServerOptions): Promise<RunningServer> {
  const server = createServer((request, response) => {
    answer(request, response, routes).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host}:${bound}`,
    close() {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, routes: JsonServerOptions['routes']): Promise<void> {
  const path = (request.url ?? '/').split('?')[0]
  const route = routes[`${request.method} ${path}`]
  const body = await readBody(request)
  if (route === undefined || !isCalledByOwnName(request)) return send(response, 404, { error: 'there is nothing at this address' })
  const { status = 200, body: json } = await route(body)
  return send(response, status, json)
}

const maxBodyBytes = 65_536

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.byteLength
    if (size > maxBodyBytes) throw new Error('the request body is too long')
    chunks.push(bytes)
  }
  return readJson(Buffer.concat(chunks).toString('utf8'))
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Another name for this machine, given out by a web page's own name server, would let that page read the answers. */
function isCalledByOwnName({ headers: { host = '' } }: IncomingMessage): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(host)
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}
