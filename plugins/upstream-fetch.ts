import type { MeshFetchRequestInit } from '@graphql-mesh/types'
import { GatewayError } from '../src/errors.js'
import type { Prove } from '../src/opower/held-response.js'
import { HeldResponse, keptHeaders } from '../src/opower/held-response.js'
import type { UpstreamAnswer } from '../src/opower/judge-answer.js'
import { judgeAnswer } from '../src/opower/judge-answer.js'
import { readMembers } from '../src/opower/read-members.js'
import { BodyTooLongError, readText } from '../src/opower/read-text.js'
import { UpstreamFailure, isTokenRefused, systemCodeOf, upstreamFault } from '../src/opower/upstream-errors.js'
import { TimeLimit } from '../src/quota/time-limit.js'
import { originOf } from '../src/server/origin-of.js'
import { ownRequestOf } from '../src/server/own-call.js'
import type { GatewayPlugin } from './gateway-plugin.js'

/** Measures every real call to an upstream and turns whatever goes wrong with it into a coded error. */
export interface UpstreamFetchOptions {
  /** For one call, body included, in milliseconds. */
  readonly timeoutMs: number
  /** Names of the sources by exact origin; a call to any other origin counts as `unknown`. */
  readonly sources: ReadonlyMap<string, string> | Readonly<Record<string, string>>
  /** The longest answer that is read, in bytes. @default 33554432 */
  readonly maxBytes?: number
  /** Hears of each call once it is over, with the GraphQL context that it was made for. Must not throw. */
  readonly onCall?: (call: UpstreamCall, context: unknown) => void
}

export interface UpstreamCall {
  readonly source: string
  readonly result: 'ok' | 'timeout' | 'unavailable' | 'refused' | 'token_refused' | 'aborted'
  /** From the start of the call to the end of its body. */
  readonly ms: number
  /** Absent where no answer came. */
  readonly status: number | undefined
}

/**
 * Wraps Mesh's fetch (`onFetch`). A call ends within `timeoutMs` or with the caller's own signal; its answer is read
 * to the end here, so that a body which stalls, breaks off, never ends or is no JSON is a coded error as well.
 * No error holds a word of the upstream's.
 *
 * It stands before `useUtilityToken` and whatever else repeats or delays calls, so that it sees each call on the wire.
 *
 * @throws {GatewayError} `UPSTREAM_TIMEOUT`, `UPSTREAM_UNAVAILABLE`, `UPSTREAM_REFUSED`; the `reason` has the status
 * @example
 * useUpstreamFetch({ timeoutMs: 30_000, sources: { 'https://api.us.opower.com': 'Opower' } })
 */
export function useUpstreamFetch(options: UpstreamFetchOptions): GatewayPlugin {
  const { timeoutMs, maxBytes = 33_554_432, onCall = () => {} } = options
  const sources = options.sources instanceof Map ? options.sources : new Map(Object.entries(options.sources))
  return {
    onFetch({ fetchFn, setFetchFn }) {
      setFetchFn(async function fetchWithinLimits(url, init, context, info) {
        const startedAt = performance.now()
        const send = (signal: AbortSignal) => fetchFn(url, { ...init, signal }, context, info)
        const { status, result, answer } = await attempt(send, { init, timeoutMs, maxBytes, prove: ownRequestOf(info)?.prove })
        onCall({ source: sources.get(originOf(url)) ?? 'unknown', result, ms: performance.now() - startedAt, status }, context)
        if (answer instanceof GatewayError) throw answer
        return answer
      })
    },
  }
}

interface Limits {
  readonly init: MeshFetchRequestInit | undefined
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly prove: Prove | undefined
}

interface Outcome extends Pick<UpstreamCall, 'result' | 'status'> {
  readonly answer: Response | GatewayError
}

async function attempt(send: (signal: AbortSignal) => Response | Promise<Response>, limits: Limits): Promise<Outcome> {
  const caller = limits.init?.signal ?? undefined
  const limit = new TimeLimit(limits.timeoutMs, caller)
  let status: number | undefined
  try {
    const response = await send(limit.signal)
    status = response.status
    const held = response instanceof HeldResponse ? response : await readWhole(response, limits)
    const answer = judged(held, limits)
    return { status, result: resultOf(answer), answer }
  } catch (error) {
    const answer = faultOf(error, limit.isOver, caller)
    return { status, result: caller?.aborted === true ? 'aborted' : resultOf(answer), answer }
  } finally {
    limit.end()
  }
}

/** Reads the answer of another client than our own to its end. */
async function readWhole(response: Response, { maxBytes }: Limits): Promise<HeldResponse> {
  const text = await readText(response, maxBytes)
  const { status, headers } = response
  const kept = keptHeaders.flatMap(name => (headers.has(name) ? [[name, headers.get(name) ?? '']] : []))
  return new HeldResponse(Buffer.from(text), { status, headers: Object.fromEntries(kept) })
}

/** An answer that is safe to hand on, or what is wrong with it; whoever wants its value parses it once at most. */
function judged(held: HeldResponse, { init, prove }: Limits): Response | GatewayError {
  const { status } = held
  const contentType = held.header('content-type') ?? ''
  const isJsonSaid = isJson(contentType)
  // What was proven is the data that was asked for, and nothing else.
  if (prove !== undefined && status === 200 && isJsonSaid && held.provenBy(prove).proof !== undefined) return held
  const asked = askedOf(init)
  if (isEmptyList(status, asked)) return nothing()
  const isJsonExpected = asked.isJson || isJsonSaid
  const body = isJsonExpected ? held.value : undefined
  return errorIn({ status, contentType, retryAfter: held.header('retry-after'), asked, isJsonExpected, body }) ?? held
}

interface ReadAnswer extends UpstreamAnswer {
  readonly contentType: string
  readonly asked: Asked
}

function errorIn({ contentType, asked, ...answer }: ReadAnswer): GatewayError | undefined {
  const error = judgeAnswer(answer)
  if (error === undefined && asked.isGraphql && isWithoutRoots(answer.body))
    return upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('answered no root', { status: answer.status }))
  if (error !== undefined || !isHtml(contentType) || asked.isHtml) return error
  // Whoever asked for XML would take the page for it.
  return upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('answered a page', { status: answer.status }))
}

/** A REST API that has nothing to say says so by 204. */
function isEmptyList(status: number, asked: Asked): boolean {
  return status === 204 && asked.isJson && !asked.isGraphql
}

/** For the library an empty list is that: no object, or no elements. */
function nothing(): Response {
  return new Response('[]', { status: 200, headers: { 'content-type': 'application/json' } })
}

/** Every GraphQL operation has a root, so data without any is no answer to it. */
function isWithoutRoots(body: unknown): boolean {
  const { data, errors } = readMembers(body)
  return typeof data === 'object' && data !== null && Object.keys(data).length === 0 && errors === undefined
}

function faultOf(error: unknown, isOverTime: boolean, caller: AbortSignal | undefined): GatewayError {
  if (error instanceof GatewayError) return error
  if (isOverTime) return upstreamFault('UPSTREAM_TIMEOUT', new UpstreamFailure('took too long'))
  if (caller?.aborted === true) return upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('was no longer waited for'))
  const what = error instanceof BodyTooLongError ? error.message : `could not be reached, or broke off: ${systemCodeOf(error)}`
  return upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure(what))
}

const results = { UPSTREAM_TIMEOUT: 'timeout', UPSTREAM_REFUSED: 'refused' } as const

function resultOf(answer: Response | GatewayError): UpstreamCall['result'] {
  if (!(answer instanceof GatewayError)) return 'ok'
  if (isTokenRefused(answer)) return 'token_refused'
  return answer.code === 'UPSTREAM_TIMEOUT' || answer.code === 'UPSTREAM_REFUSED' ? results[answer.code] : 'unavailable'
}

/** In which formats an answer may come. */
interface Asked {
  /** JSON and nothing else: it was asked in JSON, or accepts only JSON. */
  readonly isJson: boolean
  readonly isHtml: boolean
  /** It is a GraphQL request (GraphQL over HTTP, section 5.4). */
  readonly isGraphql: boolean
}

function askedOf(init: MeshFetchRequestInit | undefined): Asked {
  const [accept, contentType] = [headerIn(init?.headers, 'accept'), headerIn(init?.headers, 'content-type')]
  const accepted = accept.split(',').filter(type => type.trim() !== '')
  return {
    isJson: isJson(contentType) || (accepted.length > 0 && accepted.every(isJson)),
    isHtml: accepted.length === 0 || accepted.some(type => isHtml(type) || type.includes('*/*')),
    isGraphql: typeof init?.body === 'string' && init.body.startsWith('{"query":'),
  }
}

/** A header that is sent, by its name in lower case; however it is spelled, the last one counts. */
function headerIn(headers: Readonly<Record<string, string>> = {}, wanted: string): string {
  let found = ''
  for (const name in headers) if (name.length === wanted.length && name.toLowerCase() === wanted) found = headers[name] ?? ''
  return found
}

function isHtml(contentType: string): boolean {
  return /\bhtml\b/i.test(contentType)
}

function isJson(contentType: string): boolean {
  return /\bjson\b/i.test(contentType)
}
