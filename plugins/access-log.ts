import { randomBytes } from 'node:crypto'
import type { GatewayContext } from '../src/context.js'
import { errorCodes } from '../src/errors.js'
import type { AccessLine } from '../src/server/access-line.js'
import { createAccessLine } from '../src/server/access-line.js'
import type { SentOperation } from '../src/server/named-operation.js'
import { nameOperation } from '../src/server/named-operation.js'
import { socketOf } from '../src/server/begun.js'
import { codesSent, continueRecord, recordOf } from '../src/server/request-record.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface AccessLogOptions {
  readonly write: (line: AccessLine) => void
  /** Called once per answer with its first code or `OK`, for the counter of requests. */
  readonly onAnswer?: (code: string) => void
  /** The key of the subject's digest. @default made at random for this process, so that no list of subjects can be tried against a log */
  readonly subjectDigestKey?: Buffer
  /** Milliseconds of a clock that only moves forward. @default performance.now */
  readonly now?: () => number
}

/**
 * Writes one line per answered request: who (digested), what, how it ended, how long it took and how many calls upstream it cost.
 * No variables, names or ids in clear. It stands last in the list of steps, so that it sees the codes that are really sent.
 */
export function useAccessLog({
  write,
  onAnswer,
  subjectDigestKey = randomBytes(32),
  now = () => performance.now(),
}: AccessLogOptions): GatewayPlugin {
  const lineOf = createAccessLine(subjectDigestKey)
  return {
    onRequest({ request, serverContext }) {
      const socket = socketOf(serverContext ?? {})
      // What was noted in front of the library is noted on Node's own request.
      if (socket !== undefined) continueRecord(request, recordOf(socket))
      recordOf(request).startedAt ??= now()
    },
    onResultProcess({ request, result }) {
      recordOf(request).codes = codesOf(result)
    },
    onResponse({ request, response, serverContext }) {
      const { upstreamCalls, cache, startedAt = now() } = recordOf(request)
      const { requestId, session, scope, params } = readContext(serverContext)
      const sent = codesSent(request, response, serverContext)
      const ms = now() - startedAt
      const operation = nameOperation(params)
      write(lineOf({ requestId, session, scope, status: response.status, codes: sent, operation, ms, upstreamCalls, cache }))
      onAnswer?.(sent[0] ?? 'OK')
    },
  }
}

/** Codes outside the closed list come from a fault in front of the guard; they are counted under one name. */
function codesOf(result: unknown): readonly string[] {
  if (typeof result !== 'object' || result === null || !('errors' in result) || !Array.isArray(result.errors)) return ['OK']
  const codes = result.errors.map((error: unknown) => readCode(error))
  return codes.length === 0 ? ['OK'] : [...new Set(codes)]
}

function readCode(error: unknown): string {
  const { extensions } = Object(error) as { extensions?: { code?: unknown } }
  const code = extensions?.code
  return typeof code === 'string' && code in errorCodes ? code : 'OTHER'
}

/** Each part is there only once its own step has run, so every one may be absent. */
function readContext(context: object): Partial<GatewayContext> & { readonly params?: SentOperation } {
  return context
}
