import type { ServerResponse } from 'node:http'
import type { Damage } from '../faults/damage.js'

/** An answer before it is written. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json;charset=UTF-8', ...headers }, body: JSON.stringify(value) }
}

export function text(status: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': `${type};charset=UTF-8`, ...headers }, body }
}

export function html(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return text(status, 'text/html', body, headers)
}

/** Writes an answer, whole or damaged on purpose; returns the status that reached the caller, 0 for none. */
export function send(response: ServerResponse, reply: Reply, damage: Damage = 'none'): number {
  if (damage === 'unanswered') {
    response.socket?.destroy()
    return 0
  }
  const body = Buffer.from(reply.body)
  const half = body.subarray(0, Math.ceil(body.length / 2))
  const sent = damage === 'truncated' ? half : body
  response.writeHead(reply.status, { ...reply.headers, 'content-length': sent.length })
  if (damage === 'reset') response.write(half, () => response.socket?.resetAndDestroy())
  else response.end(sent)
  return reply.status
}
