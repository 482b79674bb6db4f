import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { answerJson, answerRefusal, answerSoon, safeHeaders } from './answer.js'
import type { CorsVerdict } from './cors.js'
import { answerCors } from './cors.js'
import { presetHeader } from './dressed-response.js'
import type { Health } from './health.js'
import { acceptRequestId } from './request-id.js'

/** A route beside GraphQL; it answers, or says that the request is not its own. */
export type Route = (request: IncomingMessage, response: ServerResponse, path: string) => boolean

export interface FrontDoorOptions {
  readonly health: Health
  readonly cors: (request: IncomingMessage) => CorsVerdict
  /** Undefined until the start is complete. */
  readonly graphql: () => RequestListener | undefined
  /** The page for people and what belongs to it; none in production. */
  readonly routes: readonly Route[]
}

/** Decides where a request goes, and puts on every answer what every answer must carry. */
export function createFrontDoor({ health, cors, graphql, routes }: FrontDoorOptions): RequestListener {
  return (request, response) => {
    const path = pathOf(request)
    dress(request, response)
    if (!hasHost(request)) return answerRefusal(response, 400, 'BAD_REQUEST', 'The Host header is no host.', { connection: 'close' })
    if (health.status === 'draining') presetHeader(response, ['connection', 'close'])
    if (path === '/livez') return answerJson(response, 200, { status: 'live' })
    if (path === '/readyz') return answerSoon(response, () => answerReadiness(health, response))
    if (routes.some(route => route(request, response, path))) return
    if (path !== '/graphql') return answerRefusal(response, 404, 'BAD_REQUEST', 'Nothing is served here. GraphQL is at /graphql.')
    return answerGraphql({ health, cors, graphql }, request, response)
  }
}

function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '/'
  const end = target.indexOf('?')
  return end === -1 ? target : target.slice(0, end)
}

/** The accepted id replaces the caller's, so that the pipeline behind uses the same one. */
function dress(request: IncomingMessage, response: ServerResponse): void {
  const given = request.headers['x-request-id']
  const id = acceptRequestId(typeof given === 'string' ? given : undefined)
  request.headers['x-request-id'] = id
  presetHeader(response, ['x-request-id', id])
  for (const header of safe) presetHeader(response, header)
}

const safe = Object.entries(safeHeaders)

/** Yoga makes a URL of it before anything else is looked at. */
function hasHost({ headers: { host } }: IncomingMessage): boolean {
  if (host === undefined || host === lastHost) return true
  const isHost = /^[\w.:[\]-]{1,255}$/.test(host) && URL.canParse(`http://${host}/`)
  if (isHost) lastHost = host
  return isHost
}

/** Nearly all requests name the same one. */
let lastHost: string | undefined

async function answerReadiness(health: Health, response: ServerResponse): Promise<void> {
  const { httpStatus, body } = await health.ready()
  answerJson(response, httpStatus, body)
}

function answerGraphql(
  { health, cors, graphql }: Pick<FrontDoorOptions, 'health' | 'cors' | 'graphql'>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (answerCors(cors, request, response)) return
  const listen = graphql()
  if (listen === undefined || health.status === 'draining') {
    return answerRefusal(response, 503, 'UPSTREAM_UNAVAILABLE', 'The gateway takes no requests right now. Try again.', {
      'retry-after': '1',
    })
  }
  return listen(request, response)
}
