import { createHash, createHmac, randomBytes } from 'node:crypto'
import { errorCodes } from '../src/errors.js'
import { recordOf } from '../src/server/request-record.js'
import type { Session } from '../src/session/session.js'
import { subjectKey } from '../src/session/session.js'
import type { GatewayPlugin } from './gateway-plugin.js'

/** One request in the log. Nothing in it names a person or an account. */
export interface AccessLine {
  readonly requestId?: string
  readonly status: number
  /** The codes of the errors sent, `OK` alone where there were none. */
  readonly codes: readonly string[]
  readonly operationName?: string
  /** The first 16 hexadecimal digits of the document's SHA-256. */
  readonly operationHash?: string
  readonly ms: number
  readonly upstreamCalls: number
  readonly cache?: string
  /** Tells the requests of one customer apart within one run of the gateway. */
  readonly subject?: string
  /** How many accounts the session may see, never which. */
  readonly accounts?: number
}

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
  const started = new WeakMap<Request, number>()
  return {
    onRequest({ request }) {
      started.set(request, now())
    },
    onResultProcess({ request, result }) {
      recordOf(request).codes = codesOf(result)
    },
    onResponse({ request, response, serverContext }) {
      const { upstreamCalls, cache, codes } = recordOf(request)
      const sent = codes.length > 0 ? codes : [response.ok ? 'OK' : 'BAD_REQUEST']
      const who = customerOf(serverContext, subjectDigestKey)
      const ms = Math.round((now() - (started.get(request) ?? now())) * 100) / 100
      write({
        ...who,
        status: response.status,
        codes: sent,
        ...operationOf(serverContext),
        ms,
        upstreamCalls,
        ...(cache === undefined ? {} : { cache }),
      })
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

function customerOf(context: object, key: Buffer): Pick<AccessLine, 'requestId' | 'subject' | 'accounts'> {
  const { requestId, session, scope } = readContext(context)
  return {
    ...(requestId === undefined ? {} : { requestId }),
    ...(session === undefined ? {} : { subject: createHmac('sha256', key).update(subjectKey(session.subject)).digest('hex').slice(0, 16) }),
    ...(scope === undefined ? {} : { accounts: scope.grants.length }),
  }
}

interface KnownContext {
  readonly requestId?: string
  readonly session?: Session
  readonly scope?: { readonly grants: readonly unknown[] }
  readonly params?: { readonly query?: string; readonly operationName?: string | null }
}

/** Each part is there only once its own step has run, so every one may be absent. */
function readContext(context: object): KnownContext {
  return context as KnownContext
}

/** An operation name is chosen by the caller: only what is a GraphQL name of sensible length is repeated. */
function operationOf(context: object): Pick<AccessLine, 'operationName' | 'operationHash'> {
  const { query, operationName } = readContext(context).params ?? {}
  return {
    ...(typeof operationName === 'string' && plainName.test(operationName) ? { operationName } : {}),
    ...(typeof query === 'string' ? { operationHash: createHash('sha256').update(query).digest('hex').slice(0, 16) } : {}),
  }
}

const plainName = /^[A-Za-z_]\w{0,63}$/
