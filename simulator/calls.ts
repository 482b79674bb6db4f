import type { IncomingHttpHeaders } from 'node:http'

/** How many of the newest calls are kept. */
const kept = 1_000

/** One call as it was received. */
export interface Call {
  /** ISO 8601 with milliseconds, by the machine's clock. */
  readonly at: string
  readonly kind: 'graphql' | 'token'
  /** Null for calls of the token endpoint. */
  readonly face: 'hub' | 'edge' | null
  operationName: string | null
  query: string | null
  variables: unknown
  readonly headers: IncomingHttpHeaders
  /** Null while the call is being answered, 0 when the connection was cut without a status. */
  status: number | null
}

export interface CallLog {
  /** Counts a call and returns its entry, to be completed as the call is read and answered. */
  begin(kind: Call['kind'], face: Call['face'], headers: IncomingHttpHeaders): Call
  clear(): void
  report(): { readonly graphql: number; readonly token: number; readonly log: readonly Call[] }
}

export function createCallLog(): CallLog {
  const counts = { graphql: 0, token: 0 }
  const log: Call[] = []
  return {
    begin(kind, face, headers) {
      const call: Call = {
        at: new Date().toISOString(),
        kind,
        face,
        operationName: null,
        query: null,
        variables: null,
        headers,
        status: null,
      }
      counts[kind]++
      log.push(call)
      if (log.length > kept) log.shift()
      return call
    },
    clear() {
      Object.assign(counts, { graphql: 0, token: 0 })
      log.length = 0
    },
    report: () => ({ ...counts, log: [...log] }),
  }
}
