import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

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

/** Longest time for the headers, and for the whole request with its body, milliseconds: slow senders hold a socket no longer. */
const headersTimeout = 10_000
const requestTimeout = 30_000
/** Above the 60 seconds of common load balancers, so that they close an idle connection and not we, milliseconds. */
const keepAliveTimeout = 65_000

/** Binds and listens. Rejects with Node's own error (`EADDRINUSE`, `EACCES` ...) when it cannot. */
export async function openListener(listen: RequestListener, at: { readonly host: string; readonly port: number }): Promise<Listener> {
  const server = createServer({ headersTimeout, requestTimeout, keepAliveTimeout, maxHeaderSize: 16_384 })
  const answers = trackAnswers(server)
  server.on('request', listen)
  server.on('upgrade', refuseUpgrade)
  await bound(server, at)
  return {
    url: urlOf(server, at.host),
    get inFlight() {
      return answers.open.size
    },
    async drain(ms) {
      await answers.settled(ms)
      await closeServer(server)
    },
    close: () => closeServer(server),
  }
}

/** Counts answers by their own `close` event, which comes for finished and for broken ones alike. */
function trackAnswers(server: Server): { open: ReadonlySet<ServerResponse>; settled(ms: number): Promise<void> } {
  const open = new Set<ServerResponse>()
  const waiting = new Set<() => void>()
  server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    open.add(response)
    response.once('close', () => {
      open.delete(response)
      if (open.size === 0) for (const done of waiting) done()
    })
  })
  return { open, settled: ms => (open.size === 0 ? Promise.resolve() : settledWithin(waiting, ms)) }
}

function settledWithin(waiting: Set<() => void>, ms: number): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    waiting.add(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** No operation runs over a socket: what is judged per request has no place there. */
function refuseUpgrade(_request: IncomingMessage, socket: Socket): void {
  const body = JSON.stringify({ errors: [{ message: 'Connections cannot be upgraded here.', extensions: { code: 'BAD_REQUEST' } }] })
  socket.on('error', () => socket.destroy())
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

function bound(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
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
