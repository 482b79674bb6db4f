import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { lineOf, readFaults } from '../faults/read-faults.js'
import { readBody, readJson } from '../http/body.js'
import { json } from '../http/reply.js'
import type { Reply } from '../http/reply.js'
import type { World } from '../world.js'

type Answer = (world: World, value: unknown) => Reply | Promise<Reply>

const done = json(200, { ok: true })

/** Every control call, by method and path. */
const calls: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['GET /__sim/calls', world => json(200, { ...world.calls.report(), limits: world.meter.report() })],
  ['DELETE /__sim/calls', clearCalls],
  ['GET /__sim/faults', world => json(200, world.faults.current)],
  ['POST /__sim/faults', setFaults],
  ['POST /__sim/clock', setClock],
  ['POST /__sim/tokens/revoke', revokeTokens],
  ['POST /__sim/credentials', reissueCredentials],
  ['POST /__sim/edge-tokens', mintEdgeToken],
])

/**
 * `/__sim/*`: what tests and the curious do to the simulator. Only callers on the same machine are answered; a value
 * that is wrong in any part gets 400 with a reason and changes nothing.
 */
export async function answerControl(request: IncomingMessage, path: string, world: World): Promise<Reply> {
  if (!isLoopback(request.socket.remoteAddress)) return json(403, { error: 'the control calls are for this machine only' })
  const answer = calls.get(`${request.method ?? ''} ${path}`)
  if (answer === undefined) return json(404, { error: `no such control call: ${request.method ?? ''} ${path}` })
  const body = (await readBody(request)) ?? ''
  const value = body.trim() === '' ? {} : readJson(body)
  return value === undefined ? refuse('the body is not JSON') : answer(world, value)
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(address)
}

function clearCalls(world: World): Reply {
  world.calls.clear()
  world.meter.clear()
  return done
}

/** An empty object goes back to what the profile has in force by itself, which is nothing in `demo` and `test`. */
function setFaults(world: World, value: unknown): Reply {
  const faults = readFaults(value)
  if ('error' in faults) return refuse(faults.error)
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0
  world.faults.replace(isEmpty ? world.profile.faults : faults)
  return done
}

const clockShape = z.strictObject({ now: z.iso.datetime({ offset: true }).optional() })

function setClock(world: World, value: unknown): Reply {
  const given = clockShape.safeParse(value)
  if (!given.success) return refuse(lineOf(given.error))
  if (given.data.now === undefined) world.clock.free()
  else world.clock.freeze(Date.parse(given.data.now))
  world.answers.clear()
  return json(200, { now: new Date(world.clock.now()).toISOString() })
}

function revokeTokens(world: World): Reply {
  world.utilityTokens.revoke()
  return done
}

function reissueCredentials(world: World, value: unknown): Reply {
  const codes = world.population.utilities.map(({ code }) => code)
  const shape = z.strictObject({
    clientId: z.string().min(1),
    clientSecret: z.string().min(1),
    overlapSeconds: z.number().min(0).default(0),
    utilityCode: z.enum(codes).default(codes[0] ?? ''),
  })
  const given = shape.safeParse(value)
  if (!given.success) return refuse(lineOf(given.error))
  const { overlapSeconds, ...credential } = given.data
  world.credentials.reissue(credential, overlapSeconds * 1000)
  return done
}

async function mintEdgeToken(world: World, value: unknown): Promise<Reply> {
  const logins = world.population.customers.map(({ login }) => login)
  const given = z.strictObject({ login: z.enum(logins), seconds: z.number().optional() }).safeParse(value)
  if (!given.success) return refuse(lineOf(given.error))
  return json(200, { token: await world.edgeTokens.mint(given.data.login, given.data.seconds) })
}

function refuse(error: string): Reply {
  return json(400, { error })
}
