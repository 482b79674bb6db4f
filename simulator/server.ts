import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerControl } from './control/control.js'
import { answerFile } from './exports/files.js'
import { answerEdge } from './faces/edge.js'
import { graphiqlPage } from './faces/graphiql.js'
import { answerHub } from './faces/hub.js'
import { answerRemembered, mayRemember } from './faces/remembered-hub.js'
import type { Damage } from './faults/damage.js'
import { strikes } from './faults/faults.js'
import { json, send } from './http/reply.js'
import { drawLatency, profiles } from './profiles.js'
import type { ProfileName } from './profiles.js'
import { sleep } from './sleep.js'
import { answerTokenRequest } from './tokens/token-endpoint.js'
import { createWorld } from './world.js'
import type { World } from './world.js'

export interface SimulatorOptions {
  /** 0 for any free port. @default 0 */
  readonly port?: number
  /** @default 127.0.0.1 */
  readonly host?: string
  /** @default test */
  readonly profile?: ProfileName
  /** The clock of the data, milliseconds since the epoch. @default the machine's */
  readonly now?: () => number
}

export interface Simulator {
  /** Its origin, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Ends every connection and resolves when nothing listens any more. */
  close(): Promise<void>
}

/** Starts a simulator that really listens. Rejects when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1', profile = 'test', now = Date.now } = options
  const world = createWorld(profiles[profile], now)
  const server = createServer((request, response) => {
    answer(request, response, world).catch((fault: unknown) => failWith(response, fault))
  })
  // Longer than callers keep idle connections, so that none is closed just as it is used again.
  server.keepAliveTimeout = 65_000
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve, reject) => {
        server.close(error => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

const hubPaths: ReadonlySet<string> = new Set(['/graphql', '/util/graphql'])
const edgePath = '/ei/edge/apis/dsm-graphql-v1/cws/graphql'
const tokenPath = '/apis/authorization-v1/oauth2/token'

async function answer(request: IncomingMessage, response: ServerResponse, world: World): Promise<void> {
  if (request.method === 'POST' && request.url === '/graphql') return answerFace('hub', request, response, world)
  const path = new URL(request.url ?? '/', 'http://simulator').pathname
  if (path === tokenPath) return answerToken(request, response, world)
  if (hubPaths.has(path) && wantsPage(request)) send(response, await graphiqlPage(path))
  else if (hubPaths.has(path)) await answerFace('hub', request, response, world)
  else if (path === edgePath) await answerFace('edge', request, response, world)
  else if (path.startsWith('/__sim/')) send(response, await answerControl(request, path, world))
  else if (path.startsWith('/__objects/')) send(response, answerFile(path, world))
  else send(response, json(404, { error: 'not_found' }))
}

function wantsPage(request: IncomingMessage): boolean {
  return request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
}

async function answerToken(request: IncomingMessage, response: ServerResponse, world: World): Promise<void> {
  const call = world.calls.begin('token', null, request.headers)
  await sleep(world.faults.current.tokenEndpoint.slow || drawLatency(world.profile, 'token'))
  call.status = send(response, await answerTokenRequest(request, world))
}

async function answerFace(face: 'hub' | 'edge', request: IncomingMessage, response: ServerResponse, world: World): Promise<void> {
  const call = world.calls.begin('graphql', face, request.headers)
  const { down, slow } = world.faults.current
  if (strikes(down)) {
    call.status = send(response, json(503, {}), 'unanswered')
    return
  }
  if (strikes(slow)) await sleep(slow.ms)
  if (face === 'hub' && request.method === 'POST' && mayRemember(world)) return answerRemembered(request, response, call, world)
  const origin = `http://${request.headers.host ?? 'localhost'}`
  const reply = face === 'hub' ? await answerHub(request, call, world, origin) : await answerEdge(request, call, world, origin)
  call.status = send(response, reply, damageOf(world))
}

function damageOf({ faults: { current } }: World): Damage {
  if (strikes(current.reset)) return 'reset'
  return strikes(current.truncated) ? 'truncated' : 'none'
}

/** A fault of the simulator itself: it says so where it runs, and goes on. */
function failWith(response: ServerResponse, fault: unknown): void {
  // Whoever asked has gone in the middle of it.
  if (response.destroyed) return
  console.error('simulator:', fault)
  if (response.headersSent) response.destroy()
  else send(response, json(500, { error: 'internal_error' }))
}
