import type { MeshFetch, MeshFetchRequestInit } from '@graphql-mesh/types'
import { platformSignal } from '../sharing/call-signal.js'
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
      const { origin, pathname, search } = new URL(url)
      const client = isText(init?.body) ? clients.get(origin) : undefined
      if (client === undefined) return fetchByNode(url, init)
      return client.fetch(origin + pathname + search, { ...init, headers: withUsual(init?.headers) })
    },
    async close() {
      await Promise.all([...clients.values()].map(client => client.close()))
    },
  }
}

const fetchByNode: MeshFetch = (url, { signal, ...init } = {}) =>
  fetch(url, { ...init, signal: signal == null ? null : platformSignal(signal) })

/** As Node's client does. There are systems that answer nobody without a name. */
function withUsual(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const given = new Set(Object.keys(headers).map(name => name.toLowerCase()))
  const usual = Object.entries({ accept: '*/*', 'user-agent': 'substation' }).filter(([name]) => !given.has(name))
  return { ...Object.fromEntries(usual), ...headers }
}

function isText(body: MeshFetchRequestInit['body']): boolean {
  return body === undefined || body === null || typeof body === 'string'
}
