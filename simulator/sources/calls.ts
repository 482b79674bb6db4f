import type { IncomingHttpHeaders } from 'node:http'

/** How many of the newest calls are kept. */
const kept = 1_000

/** One call of a stand-in, as it was received. */
export interface SourceCall {
  /** ISO 8601 with milliseconds. */
  readonly at: string
  /** The HTTP method and path; `SQL` for a statement. */
  readonly what: string
  /** The body of a request, or the text of a statement. */
  readonly body: string
  readonly headers: IncomingHttpHeaders
  /** Null while it is being answered, 0 when the connection was cut. */
  status: number | null
}

export interface SourceCalls {
  begin(call: Pick<SourceCall, 'what' | 'body'> & { readonly headers?: IncomingHttpHeaders }): SourceCall
  clear(): void
  report(): { readonly calls: number; readonly log: readonly SourceCall[] }
}

export function createSourceCalls(): SourceCalls {
  let calls = 0
  const log: SourceCall[] = []
  return {
    begin({ what, body, headers = {} }) {
      const call: SourceCall = { at: new Date().toISOString(), what, body, headers, status: null }
      calls++
      log.push(call)
      if (log.length > kept) log.shift()
      return call
    },
    clear() {
      calls = 0
      log.length = 0
    },
    report: () => ({ calls, log: [...log] }),
  }
}
