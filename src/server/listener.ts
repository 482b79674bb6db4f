import { createServer } from 'node:http'
import type { RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { safeHeaders } from './answer.js'
import { DressedResponse } from './dressed-response.js'
import { acceptRequestId } from './request-id.js'

export interface Listener {
  /** `http://host:port`, with the port that was really bound. */
  readonly url: string
  /** Answers that have begun and are not finished. */
  readonly inFlight: number
  /** Resolves as soon as nothing is in flight, or after `ms` milliseconds; then every connection is closed. */
  drain(ms: number): Promise<void>
  /** Closes at once, whatever is in flight. */
  close(): Promise<void>
}

export interface ListenAt {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** How long the headers of a request may take, milliseconds: a slow sender holds a socket no longer. @default 10000 */
  readonly headersMs?: number
  /** The same for the whole request with its body, milliseconds. @default 30000 */
  readonly requestMs?: number
}

/** Above the 60 seconds of common load balancers, so that they close an idle connection and not we, milliseconds. */
const keepAliveTimeout = 65_000

/** Binds and listens. Rejects with Node's own error (`EADDRINUSE`, `EACCES` ...) when it cannot. */
export async function openListener(listen: RequestListener, at: ListenAt): Promise<Listener> {
  const { headersMs = 10_000, requestMs = 30_000 } = at
  const server = createServer({
    ServerResponse: DressedResponse,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(1_000, headersMs),
    keepAliveTimeout,
    maxHeaderSize: 16_384,
  })
  const answers = new OpenAnswers()
  server.on('request', (request, response) => {
    answers.add(response)
    listen(request, response)
  })
  server.on('upgrade', (_request, socket) => refuseRaw(socket, '400 Bad Request', 'Connections cannot be upgraded here.'))
  server.on('clientError', refuseBroken)
  await bound(server, at)
  return {
    url: urlOf(server, at.host),
    get inFlight() {
      return answers.open
    },
    async drain(ms) {
      await answers.settled(ms)
      await closeServer(server)
    },
    close: () => closeServer(server),
  }
}

/** Counts answers by their own `close` event, which comes once for finished and for broken ones alike. */
class OpenAnswers {
  open = 0
  readonly #waiting = new Set<() => void>()

  add(response: ServerResponse): void {
    this.open += 1
    response.on('close', this.#closed)
  }

  readonly #closed = (): void => {
    this.open -= 1
    if (this.open === 0) for (const done of this.#waiting) done()
  }

  /** Resolves as soon as none is open, or after `ms` milliseconds. */
  settled(ms: number): Promise<void> {
    if (this.open === 0) return Promise.resolve()
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#waiting.add(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

/** What could not be read as HTTP, or did not come in time. */
function refuseBroken(fault: NodeJS.ErrnoException, socket: Duplex): void {
  if (fault.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  if (fault.code === 'ERR_HTTP_REQUEST_TIMEOUT') return refuseRaw(socket, '408 Request Timeout', 'The request did not come in time.')
  if (fault.code === 'HPE_HEADER_OVERFLOW') return refuseRaw(socket, '431 Request Header Fields Too Large', 'The headers are too large.')
  return refuseRaw(socket, '400 Bad Request', 'This is not HTTP.')
}

/**
 * Answers on the bare socket and ends it. Upgrades end here as well: no operation runs over a socket, because what is judged for each
 * request has no place there.
 */
function refuseRaw(socket: Duplex, status: string, message: string): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] })
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': acceptRequestId(undefined),
    ...safeHeaders,
    connection: 'close',
  }
  socket.on('error', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status}\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n${body}`,
  )
}

function bound(server: Server, { host, port }: ListenAt): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

function urlOf(server: Server, host: string): string {
  const address = readAddress(server)
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}

function readAddress(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The listener has no port.')
  return address
}

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
