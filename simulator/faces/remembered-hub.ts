import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { Call } from '../calls.js'
import type { GraphQLRequest } from '../graphql/run.js'
import { bodyBytes } from '../http/body.js'
import { send } from '../http/reply.js'
import type { Reply } from '../http/reply.js'
import type { World } from '../world.js'
import { answerHubRequest, utilityOfCaller } from './hub.js'
import { isReply, readGraphQLBody } from './read-request.js'

/** An answer as bytes, and the request that it was made for, for the log of calls. */
interface Remembered {
  readonly request: GraphQLRequest
  readonly body: Buffer
}

export type RememberedAnswers = LRUCache<string, Remembered>

/** Bytes of answers that are remembered. */
const maxSize = 500_000_000

export function createRememberedAnswers(): RememberedAnswers {
  return new LRUCache({ maxSize, sizeCalculation: ({ body }, key) => body.length + key.length })
}

/** Whether answers may be given again: not while something is to go wrong. */
export function mayRemember(world: World): boolean {
  return world.profile.remembers && world.faults.current === world.profile.faults
}

/**
 * The hub for measurements: the engine makes each answer once, and the same body of the same utility gets the same bytes from then on.
 * Tokens are checked, calls are counted and logged as ever; a limit is a fault, and while there is one nothing is remembered.
 */
export async function answerRemembered(request: IncomingMessage, response: ServerResponse, call: Call, world: World): Promise<void> {
  const utilityCode = utilityOfCaller(request, world)
  const bytes = await bodyBytes(request)
  const text = bytes?.toString('latin1')
  const known = text === undefined || utilityCode === undefined ? undefined : world.answers.get(`${utilityCode} ${text}`)
  if (utilityCode !== undefined && known !== undefined) {
    world.meter.count(utilityCode, world.faults.current.limits)
    Object.assign(call, known.request)
    call.status = sendBytes(response, known.body)
    return
  }
  const read = readGraphQLBody(bytes?.toString('utf8'))
  if (!isReply(read)) Object.assign(call, read)
  const reply = await answerHubRequest(utilityCode, read, world, `http://${request.headers.host ?? 'localhost'}`)
  if (!isReply(read) && isStable(read, reply))
    world.answers.set(`${utilityCode ?? ''} ${text ?? ''}`, { request: read, body: Buffer.from(reply.body) })
  call.status = send(response, reply)
}

/** What is started by a call, or is getting on, is asked of the engine each time. */
function isStable({ query }: GraphQLRequest, { status }: Reply): boolean {
  return status === 200 && !/exportJob|generateUsageExportFile/.test(query)
}

function sendBytes(response: ServerResponse, body: Buffer): number {
  response.writeHead(200, ['content-type', 'application/json;charset=UTF-8', 'content-length', String(body.length)])
  response.end(body)
  return 200
}
