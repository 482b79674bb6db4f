import type { GatewayErrorCode } from '../errors.js'
import { GatewayError, errorCodes } from '../errors.js'
import { readMembers } from './read-members.js'

export type UpstreamErrorCode = Extract<GatewayErrorCode, `UPSTREAM_${string}`>

/**
 * What an upstream did wrong, for the log: a status and a short word, never its text, which may name accounts.
 * It is the `reason` of the coded error that the customer gets.
 */
export class UpstreamFailure extends Error {
  /** Absent where no answer came at all. */
  readonly status: number | undefined
  /** The upstream did not believe the token: another one may help. */
  readonly isTokenRefused: boolean
  /** How long the upstream asks to be left alone, where it says so. */
  readonly retryAfterMs: number | undefined

  constructor(what: string, detail: { status?: number | undefined; isTokenRefused?: boolean; retryAfterMs?: number | undefined } = {}) {
    super(detail.status === undefined ? what : `${what} (${detail.status})`)
    this.name = 'UpstreamFailure'
    this.status = detail.status
    this.isTokenRefused = detail.isTokenRefused ?? false
    this.retryAfterMs = detail.retryAfterMs
  }
}

/**
 * A failed call to an upstream, once execution has begun: the error takes the path of the field that needed the
 * call. It has no HTTP status, because Yoga would give that status to the whole answer, good data included.
 * `cause` is for the log and never sent.
 */
export function upstreamFault(code: UpstreamErrorCode, cause: unknown, message?: string): GatewayError {
  return new GatewayError(code, message === undefined ? { cause } : { cause, message }, { code })
}

/** Whether an error says that the upstream did not believe the token, and not that it failed or refused the question. */
export function isTokenRefused(error: unknown): boolean {
  return error instanceof GatewayError && error.reason instanceof UpstreamFailure && error.reason.isTokenRefused
}

/** The system's code of a network error (`ECONNREFUSED` and the like), which some clients of HTTP hide in the cause. */
export function systemCodeOf(error: unknown): string {
  const { code, cause } = readMembers(error)
  if (typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code)) return code
  return cause === undefined ? 'no code' : systemCodeOf(cause)
}

/** One error of Opower's answer in our own words, or the mark that it is about the token and not about the question. */
export type TranslatedError =
  | { readonly kind: 'token' }
  | {
      readonly kind: 'fault'
      readonly code: GatewayErrorCode
      readonly message: string
      readonly path: readonly (string | number)[] | undefined
    }

/**
 * Translates one member of an answer's `errors` (Opower facts: errors and partial data). Nothing of its text goes on:
 * a path is kept only when it is made of names and positions.
 */
export function translateUpstreamError(error: unknown): TranslatedError {
  const { message, path, extensions } = readMembers(error)
  const text = typeof message === 'string' ? message : ''
  const { classification, code } = readMembers(extensions)
  if (isAboutToken(text) || [classification, code].some(isTokenWord)) return { kind: 'token' }
  return { kind: 'fault', ...meaningOf(text, classification), path: readPath(path) }
}

/**
 * Whether a whole answer says that the token is not believed: a body such as `{"error":"invalid_token"}`, or a
 * GraphQL answer with no data at all and such an error. Partial data proves that the token was good.
 */
export function isTokenRefusalBody(body: unknown): boolean {
  const { data, error, error_description, errors } = readMembers(body)
  if (data !== undefined && data !== null) return false
  if (Array.isArray(errors)) return errors.some(each => translateUpstreamError(each).kind === 'token')
  return [error, error_description].some(text => typeof text === 'string' && isAboutToken(text))
}

/** Seen at the edge: `invalid token`, `jwtAuthority is not found.`, and bodies that say `expired`; the hub's form is RFC 6750's. */
function isAboutToken(text: string): boolean {
  return /\binvalid[ _-]?token\b|\btoken\b[^.]{0,40}\bexpired\b|\bexpired[ _-]token\b|\bjwtAuthority\b/i.test(text)
}

function isTokenWord(word: unknown): boolean {
  return typeof word === 'string' && ['UNAUTHENTICATED', 'UNAUTHORIZED', 'INVALID_TOKEN'].includes(word.toUpperCase())
}

interface Meaning {
  readonly code: GatewayErrorCode
  readonly message: string
}

function meaningOf(text: string, classification: unknown): Meaning {
  // The server may put its own words in front ("Exception while fetching data (...) : ").
  const cap = /\bProvided range must be no more than (\d{1,4}) (hours|days)\b/.exec(text)
  if (cap !== null) return meaning('RANGE_NOT_AVAILABLE', `The time range is too long: at most ${cap[1]} ${cap[2]} at once.`)
  if (text.includes('Provided range must be')) return meaning('RANGE_NOT_AVAILABLE')
  if (classification === 'ValidationError' || text.startsWith('Validation error'))
    return meaning(text.includes('FieldUndefined') ? 'FIELD_NOT_AVAILABLE' : 'UPSTREAM_REFUSED')
  // The gateway writes the documents: one that does not parse is a fault of ours.
  if (classification === 'InvalidSyntax') return meaning('INTERNAL')
  return meaning('UPSTREAM_UNAVAILABLE')
}

function meaning(code: GatewayErrorCode, message: string = errorCodes[code].message): Meaning {
  return { code, message }
}

function readPath(path: unknown): readonly (string | number)[] | undefined {
  return Array.isArray(path) && path.every(isStep) ? path : undefined
}

function isStep(step: unknown): step is string | number {
  return typeof step === 'string' ? /^[_A-Za-z]\w{0,127}$/.test(step) : Number.isSafeInteger(step) && Number(step) >= 0
}
