import type { MeshFetch, MeshFetchRequestInit } from '@graphql-mesh/types'
import { platformSignal } from '../sharing/call-signal.js'
import { originOf } from './origin-of.js'
import type { UpstreamClient } from './upstream-client.js'
import { createUpstreamClient } from './upstream-client.js'

/**
 * Calls each of these origins by a client of its own, in place of Mesh's, which writes into the headers that it is given. Anything else, such
 * as a schema that Mesh fetches while it is built, or a body that is no text, goes by Node's own client: it costs five times as much.
 */
export function createSourceClients(origins: readonly string[]): UpstreamClient {
  // As long as Node's own client keeps a connection: a system that says nothing may close it after five seconds.
  const clients = new Map(origins.map(origin => [origin, createUpstreamClient({ origin, keptMs: 4_000 })]))
  return {
    fetch(url, init) {
      const origin = originOf(url)
      const client = isText(init?.body) ? clients.get(origin) : undefined
      if (client === undefined) return fetchByNode(url, init)
      return client.fetch(isWritten(url, origin) ? url : written(url), { ...init, headers: withUsual(init?.headers) })
    },
    async close() {
      await Promise.all([...clients.values()].map(client => client.close()))
    },
  }
}

const fetchByNode: MeshFetch = (url, { signal, ...init } = {}) =>
  fetch(url, { ...init, signal: signal == null ? null : platformSignal(signal) })

/** No part of a path begins with a point, and nothing is to be escaped. */
const plain = /^(?:\/(?!\.|%2e)[\w.~%:@!$&()*+,;=-]*)+(?:\?[\w.~%:@!$&()*+,;=/?-]+)?$/i

/** Whether an address stands there as it is sent. */
function isWritten(url: string, origin: string): boolean {
  return url.startsWith(origin) && plain.test(url.slice(origin.length))
}

function written(url: string): string {
  const { origin, pathname, search } = new URL(url)
  return origin + pathname + search
}

/** As Node's client does. There are systems that answer nobody without a name. */
function withUsual(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const given = Object.keys(headers).map(name => name.toLowerCase())
  const sent: Record<string, string> = {}
  if (!given.includes('accept')) sent['accept'] = '*/*'
  if (!given.includes('user-agent')) sent['user-agent'] = 'substation'
  return Object.assign(sent, headers)
}

function isText(body: MeshFetchRequestInit['body']): boolean {
  return body === undefined || body === null || typeof body === 'string'
}
