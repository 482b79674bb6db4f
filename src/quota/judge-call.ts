import { GatewayError } from '../errors.js'
import { readMembers } from '../opower/read-members.js'
import { translateUpstreamError, UpstreamFailure } from '../opower/upstream-errors.js'

/** What one call says of its source: that it works, that it is in trouble, or nothing at all. */
export type CallVerdict = 'well' | 'ill' | 'unknown'

/**
 * Judges a call that failed. Trouble is what more calls would make worse: 5xx, 429, time-outs, broken connections, pages instead of data. A
 * refusal is an answer; a token that is not believed is a matter of the token.
 */
export function judgeFailure(error: unknown): CallVerdict {
  if (!(error instanceof GatewayError)) return 'unknown'
  if (error.code === 'UPSTREAM_REFUSED') return 'well'
  if (error.code === 'UPSTREAM_TIMEOUT') return 'ill'
  if (error.code !== 'UPSTREAM_UNAVAILABLE') return 'unknown'
  return error.reason instanceof UpstreamFailure && error.reason.isTokenRefused ? 'unknown' : 'ill'
}

/**
 * Judges the body of a GraphQL answer. One root that has a value proves that the source works, since partial data is its everyday; roots
 * that are all null are judged by their errors, and without an error are a hiccup (Opower facts: errors and partial data). A list is no
 * GraphQL answer, and neither is an object without both members: a source that answers so by REST has answered.
 */
export function judgeBody(body: unknown): CallVerdict {
  const { data, errors } = readMembers(body)
  if (typeof body === 'object' && body !== null && data === undefined && errors === undefined) return 'well'
  const roots = Object.values(readMembers(data))
  const faults = Array.isArray(errors) ? errors.map(translateUpstreamError) : []
  if (roots.some(root => root !== null)) return 'well'
  if (faults.length === 0) return roots.length > 0 ? 'ill' : 'unknown'
  if (faults.some(each => each.kind === 'token')) return 'unknown'
  return faults.some(each => each.kind === 'fault' && each.code === 'UPSTREAM_UNAVAILABLE') ? 'ill' : 'well'
}

/** How long the source asks to be left alone, milliseconds; undefined when it does not. A 429 without a word of it asks for a second. */
export function askedToWaitMs(error: unknown): number | undefined {
  const failure = error instanceof GatewayError && error.reason instanceof UpstreamFailure ? error.reason : undefined
  if (failure === undefined) return undefined
  if (failure.status === 429) return Math.min(failure.retryAfterMs ?? 1_000, longestHoldMs)
  return failure.status === 503 && failure.retryAfterMs !== undefined ? Math.min(failure.retryAfterMs, longestHoldMs) : undefined
}

/** A header with a mistake in it must not close the door for days: then the source is asked again, one second's calls at most. */
const longestHoldMs = 300_000
