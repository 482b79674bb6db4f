import type { Settings } from '../../src/settings.js'
import { createTokenSource } from '../../src/token/token-source.js'
import { createNaiveClient } from './naive.js'

/** What a request needs of a token source. */
export interface Client {
  token(): Promise<string>
  refused(token: string): boolean
  close(): void
}

export type Kind = 'ours' | 'naive'

export interface ClientOptions {
  readonly settings: Settings['opower']
  readonly fetch: typeof fetch
  /** A clock that only counts, milliseconds. @default performance.now */
  readonly now?: () => number
  /** Milliseconds since the epoch. @default Date.now */
  readonly wallClock?: () => number
}

export function createClient(kind: Kind, { settings, fetch, now, wallClock = Date.now }: ClientOptions): Client {
  if (kind === 'naive') return createNaiveClient({ settings, fetch, wallClock })
  return createTokenSource({ settings, fetch, watchMs: 100, ...(now === undefined ? {} : { now }) })
}

/** The endpoint as a client meets it, with every call counted. */
export interface CountedFetch {
  readonly fetch: typeof fetch
  readonly calls: number
  /** Calls that gave a token. */
  readonly given: number
}

export function countCalls(through: typeof fetch = globalThis.fetch): CountedFetch {
  const counts = { calls: 0, given: 0 }
  return {
    async fetch(...args) {
      counts.calls += 1
      const response = await through(...args)
      if (response.ok) counts.given += 1
      return response
    },
    get calls() {
      return counts.calls
    },
    get given() {
      return counts.given
    },
  }
}

/** What came of many requests. */
export class Tally {
  requests = 0
  failed = 0
  /** How often a token was refused that had been handed out as good. */
  refusals = 0
  longestWaitMs = 0

  /** One request as the gateway makes it: a token, the call, and once more with another token when the first is refused. */
  async request(client: Client, believes: (token: string) => boolean | Promise<boolean>): Promise<void> {
    this.requests += 1
    try {
      const first = await this.#timed(client)
      if (await believes(first)) return
      this.refusals += 1
      client.refused(first)
      if (!(await believes(await this.#timed(client)))) this.failed += 1
    } catch {
      this.failed += 1
    }
  }

  async #timed(client: Client): Promise<string> {
    const startedAt = performance.now()
    try {
      return await client.token()
    } finally {
      this.longestWaitMs = Math.max(this.longestWaitMs, performance.now() - startedAt)
    }
  }
}
