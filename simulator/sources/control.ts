import type { IncomingMessage } from 'node:http'
import { readBody, readJson } from '../http/body.js'
import type { Reply } from '../http/reply.js'
import { json } from '../http/reply.js'
import type { SourceCalls } from './calls.js'
import type { FaultSwitch } from './faults.js'
import { readSourceFaults } from './faults.js'

/** What the control calls of one stand-in act on. */
export interface Controlled {
  readonly calls: SourceCalls
  readonly faults: FaultSwitch
}

/**
 * `/__sim/*` of a stand-in, for callers on the same machine: `GET` and `DELETE /__sim/calls`, `GET` and
 * `POST /__sim/faults`. A wrong value gets 400 with a reason and changes nothing.
 */
export async function answerSourceControl(request: IncomingMessage, path: string, { calls, faults }: Controlled): Promise<Reply> {
  if (!isLoopback(request.socket.remoteAddress)) return json(403, { error: 'the control calls are for this machine only' })
  const body = (await readBody(request)) ?? ''
  switch (`${request.method} ${path}`) {
    case 'GET /__sim/calls':
      return json(200, calls.report())
    case 'DELETE /__sim/calls':
      calls.clear()
      return done
    case 'GET /__sim/faults':
      return json(200, faults.current)
    case 'POST /__sim/faults':
      return setFaults(faults, body)
    default:
      return json(404, { error: `no such control call: ${request.method} ${path}` })
  }
}

const done = json(200, { ok: true })

async function setFaults(faults: FaultSwitch, body: string): Promise<Reply> {
  const value = body.trim() === '' ? {} : readJson(body)
  const given = value === undefined ? { error: 'the body is not JSON' } : readSourceFaults(value)
  if ('error' in given) return json(400, given)
  await faults.replace(given)
  return done
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(address)
}
