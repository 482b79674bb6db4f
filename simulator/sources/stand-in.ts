import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from '../http/body.js'
import type { Reply } from '../http/reply.js'
import { html, json, send } from '../http/reply.js'
import { sleep } from '../sleep.js'
import type { SourceCalls } from './calls.js'
import { createSourceCalls } from './calls.js'
import type { Controlled } from './control.js'
import { answerSourceControl } from './control.js'
import type { FaultSwitch, SourceFaults } from './faults.js'
import { createFaultSwitch } from './faults.js'

/** One request to a stand-in, read to its end. */
export interface SourceRequest {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface StandInOptions {
  /** What it says of itself on `GET /`. */
  readonly greeting: unknown
  /** 0 for any free port. */
  readonly port: number
  readonly answer: (request: SourceRequest, faults: SourceFaults) => Reply | Promise<Reply>
  /** @default its own */
  readonly controlled?: Controlled
}

/** A stand-in that really listens, on the loopback interface. */
export interface StandIn {
  /** Its origin, without a slash at the end. */
  readonly url: string
  readonly port: number
  readonly calls: SourceCalls
  readonly faults: FaultSwitch
  /** Ends every connection and resolves when nothing listens any more. */
  close(): Promise<void>
}

/** Starts an HTTP stand-in with its control calls and its faults. Rejects when the port is taken. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const controlled = options.controlled ?? { calls: createSourceCalls(), faults: createFaultSwitch() }
  const server = createServer((request, response) => {
    answerAny(request, response, options, controlled).catch((fault: unknown) => failWith(response, fault))
  })
  // Longer than callers keep idle connections, so that none is closed just as it is used again.
  server.keepAliveTimeout = 65_000
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  return {
    ...controlled,
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close(error => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

async function answerAny(
  request: IncomingMessage,
  response: ServerResponse,
  options: StandInOptions,
  controlled: Controlled,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://stand-in')
  if (url.pathname.startsWith('/__sim/')) send(response, await answerSourceControl(request, url.pathname, controlled))
  else if (url.pathname === '/' && request.method === 'GET') send(response, json(200, options.greeting))
  else await answerSource(request, response, url, { options, controlled })
}

interface Running {
  readonly options: StandInOptions
  readonly controlled: Controlled
}

async function answerSource(request: IncomingMessage, response: ServerResponse, url: URL, running: Running): Promise<void> {
  const { calls, faults } = running.controlled
  const { method = 'GET', headers } = request
  const body = await readBody(request)
  const call = calls.begin({ what: `${method} ${url.pathname}${url.search}`, headers, body: body ?? '' })
  const { current } = faults
  if (current.slow !== undefined) await sleep(current.slow.ms)
  if (current.down) call.status = send(response, json(503, {}), 'unanswered')
  else if (current.html) call.status = send(response, maintenance)
  else if (body === undefined) call.status = send(response, json(413, { title: 'The body is too long.' }))
  else call.status = send(response, await running.options.answer({ method, url, headers, body }, current))
}

const maintenance = html(200, '<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>')

/** A fault of the stand-in itself: it says so where it runs, and goes on. */
function failWith(response: ServerResponse, fault: unknown): void {
  console.error('source stand-in:', fault)
  if (response.headersSent) response.destroy()
  else send(response, json(500, { error: 'internal_error' }))
}
