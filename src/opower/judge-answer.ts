import type { GatewayError } from '../errors.js'
import { readMembers } from './read-members.js'
import { UpstreamFailure, isTokenRefusalBody, upstreamFault } from './upstream-errors.js'

/** An upstream's answer, read to its end. */
export interface UpstreamAnswer {
  readonly status: number
  /** The parsed text; undefined when it is not JSON, or cut short. */
  readonly body: unknown
  /** False for a source that answers in another format. */
  readonly isJsonExpected: boolean
  readonly retryAfter: string | null
}

/**
 * Decides whether an answer may be read on: undefined when it may, else the coded error that stands for it. None of
 * the answer's text is in the error, since it may name accounts.
 *
 * A 400 with a GraphQL `errors` list is read on: the errors say more than the status.
 */
export function judgeAnswer(answer: UpstreamAnswer): GatewayError | undefined {
  const { status, body, isJsonExpected } = answer
  if (status === 401 || (status === 403 && saysTokenIsRefused(body))) return tokenRefused(status)
  if (status >= 300 && !(status === 400 && hasErrors(body))) return refusedByStatus(answer)
  if (isJsonExpected && body === undefined)
    return upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('answered no JSON', { status }))
  return isTokenRefusalBody(body) ? tokenRefused(status) : undefined
}

/** JSON, or undefined for anything else; the parser's error would quote the text. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What else an upstream may say when it does not believe a token, beside Opower's known bodies, which are always looked for. */
export interface TokenRefusalWords {
  /** Values of an error's `extensions.code` or `extensions.classification`, in any case. */
  readonly codes?: readonly string[]
  /** Parts of an error's message, or of the body's `error`. */
  readonly texts?: readonly string[]
}

/**
 * Makes a matcher for answers that refuse the token although their status is good. An answer with data is never one:
 * partial data proves that the token was believed.
 */
export function createTokenRefusalMatcher({ codes = [], texts = [] }: TokenRefusalWords): (body: unknown) => boolean {
  const words = new Set(codes.map(code => code.toUpperCase()))
  const isCode = (value: unknown): boolean => typeof value === 'string' && words.has(value.toUpperCase())
  const isText = (value: unknown): boolean => typeof value === 'string' && texts.some(text => value.includes(text))
  return body => {
    const { data, error, errors } = readMembers(body)
    if (data !== undefined && data !== null) return false
    const all = (Array.isArray(errors) ? errors : []).map(readMembers)
    return isText(error) || all.some(({ message, extensions }) => isText(message) || Object.values(readMembers(extensions)).some(isCode))
  }
}

/** A 403 may say it in the members of Opower's REST errors, or in a bare text; what else a 403 says is about the question. */
function saysTokenIsRefused(body: unknown): boolean {
  const { message, errorMessage, details } = readMembers(body)
  return (
    isTokenRefusalBody(body) ||
    [body, message, errorMessage, details].some(text => typeof text === 'string' && isTokenRefusalBody({ error: text }))
  )
}

function tokenRefused(status: number): GatewayError {
  return upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('does not believe the utility token', { status, isTokenRefused: true }))
}

function refusedByStatus({ status, retryAfter }: UpstreamAnswer): GatewayError {
  if (status === 408 || status === 504) return upstreamFault('UPSTREAM_TIMEOUT', new UpstreamFailure('gave up waiting', { status }))
  const isTrouble = status === 429 || status >= 500
  const failure = new UpstreamFailure('answered with an error', { status, retryAfterMs: readRetryAfterMs(retryAfter) })
  return upstreamFault(isTrouble ? 'UPSTREAM_UNAVAILABLE' : 'UPSTREAM_REFUSED', failure)
}

/** `Retry-After` in seconds (RFC 9110 section 10.2.3); its form with a date depends on two clocks and is left out. */
function readRetryAfterMs(retryAfter: string | null): number | undefined {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined
}

function hasErrors(body: unknown): boolean {
  return Array.isArray(readMembers(body)['errors'])
}
