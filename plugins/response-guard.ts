import { GraphQLError } from 'graphql'
import { errorCodes, GatewayError, refusal } from '../src/errors.js'
import type { GatewayErrorCode } from '../src/errors.js'
import { bodyOf } from '../src/plan/bytes/proven-answer.js'
import { withoutSuggestions } from '../src/server/suggestions.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface ResponseGuardOptions {
  /** Hears of every error that was not meant for a client, as it was thrown. */
  readonly onUnexpected: (error: unknown) => void
}

/**
 * The one door that every answer leaves by (`onResultProcess`): results, cached results and errors of every step.
 * Only errors that are meant for clients pass; a library's are put into our words, and anything else is `INTERNAL`.
 */
export function useResponseGuard({ onUnexpected }: ResponseGuardOptions): GatewayPlugin {
  return {
    onResultProcess({ result, setResult }) {
      if (Array.isArray(result) || !('errors' in result || 'data' in result)) return
      const body = bodyOf(result)
      // Nothing but what was proven: whatever else stands on the result is not sent.
      if (body !== undefined) return setResult({ data: result.data, stringify: () => body.toString('utf8') })
      const { errors } = result
      // Only what GraphQL over HTTP knows leaves: a library's `extensions` may say what it pleases.
      const data = 'data' in result && result.data !== undefined ? { data: result.data } : {}
      const masked = errors?.map(error => maskError(error, onUnexpected))
      setResult({ ...data, ...(masked === undefined || masked.length === 0 ? {} : { errors: masked }), ...keptExtensions(result) })
    },
  }
}

/** Yoga reads the status of an answer from `extensions.http`; `substation` is ours. */
function keptExtensions(result: object): { extensions?: Record<string, unknown> } {
  const extensions: unknown = 'extensions' in result ? result.extensions : undefined
  if (typeof extensions !== 'object' || extensions === null) return {}
  const kept = Object.entries(extensions).filter(([name]) => name === 'substation' || name === 'http')
  return kept.length === 0 ? {} : { extensions: Object.fromEntries(kept) }
}

function maskError(error: GraphQLError, onUnexpected: (error: unknown) => void): GraphQLError {
  const own = ownError(error)
  if (own !== undefined) {
    if (own.code === 'INTERNAL') onUnexpected(own.reason ?? own)
    return own
  }
  if (error.extensions['code'] === 'GRAPHQL_PARSE_FAILED' || error.extensions['code'] === 'GRAPHQL_VALIDATION_FAILED')
    return invalidDocument(error)
  if (isHttpRefusal(error)) return badRequest(error.message, error)
  onUnexpected(error.originalError ?? error)
  return refusal('INTERNAL')
}

/** Steps and libraries wrap what they catch: the error that we threw may stand behind theirs. */
function ownError(error: unknown): GatewayError | undefined {
  if (error instanceof GatewayError) return error
  return error instanceof GraphQLError && error.originalError != null ? ownError(error.originalError) : undefined
}

function invalidDocument(error: GraphQLError): GraphQLError {
  const field = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(error.message)
  const argument = /^Unknown argument "(\w+)" on field "([\w.]+)"/.exec(error.message)
  if (field !== null)
    return refusal('FIELD_NOT_AVAILABLE', { at: error, message: `The field "${field[1]}" of "${field[2]}" is not available here.` })
  if (argument !== null)
    return refusal('FIELD_NOT_AVAILABLE', {
      at: error,
      message: `The argument "${argument[1]}" of "${argument[2]}" is not available here.`,
    })
  return badRequest(withoutSuggestions(error.message), error)
}

/** What Yoga itself refuses before execution: a missing query, a wrong method. */
function isHttpRefusal({ extensions }: GraphQLError): boolean {
  const http: unknown = extensions['http']
  const status = typeof http === 'object' && http !== null && 'status' in http ? http.status : undefined
  return typeof status === 'number' && status >= 400 && status < 500
}

function badRequest(message: string, error: GraphQLError): GraphQLError {
  const http: unknown = error.extensions['http']
  const code: GatewayErrorCode = 'BAD_REQUEST'
  const given = typeof http === 'object' && http !== null ? http : {}
  return new GatewayError(code, { message, at: error }, { code, http: { status: errorCodes[code].status, spec: true, ...given } })
}
