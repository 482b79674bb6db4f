import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql'
import { getNullableType, isListType } from 'graphql'
import { LRUCache } from 'lru-cache'
import { errorCodes, GatewayError } from '../errors.js'
import { isProven } from '../opower/held-response.js'
import type { SourceAnswer, SourceCall } from '../plan/ask-sources.js'
import type { UpstreamCall } from '../plan/execute.js'
import { parsedOnce } from '../plan/parsed-once.js'
import { rootFieldsOf } from '../plan/source-document.js'
import type { BillingContext } from '../sources/billing/own-accounts.js'
import { FieldMissing } from '../sources/gone-column.js'
import type { OrdersContext } from '../sources/orders/own-customers.js'
import { OwnCall } from './own-call.js'
import type { OwnAnswer } from './own-sources/own-source.js'
import { askSchema } from './own-sources/own-source.js'
import type { OwnSourceFinder } from './own-sources/own-source-finder.js'

/** A fetch that runs every step for calls upstream. */
export type UpstreamFetch = (url: string, init: UpstreamInit, context: unknown, info: unknown) => Promise<Response>

interface UpstreamInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string
  readonly signal: AbortSignal | null
  /** As the step that gives a call its token says it: a copy that adds nothing is as quick to make, and to read, as what it is of. */
  readonly redirect: 'manual'
}

/**
 * One call to Opower through every step; a body is JSON by then, or the call has failed with a code. Where the request says how its answer's
 * bytes prove themselves and they do, they come as they are.
 */
export function callThroughFetch(fetch: UpstreamFetch, context: object, endpoint: URL, sourceName: string): UpstreamCall {
  return async request => {
    const { query, variables, operationName, signal = null } = request
    const body = bodyOf(query, variables, operationName)
    const init = { method: 'POST', headers: headersFor(context), body, signal, redirect: 'manual' } as const
    const response = await fetch(endpoint.href, init, context, new OwnCall(sourceName, request))
    return isProven(response) ? response : response.json()
  }
}

/** The documents that go upstream are our own plans': few, long, and written as JSON once. */
const quoted = new LRUCache<string, string>({ max: 500 })

function bodyOf(query: string, variables: object, operationName: string | undefined): string {
  let text = quoted.get(query)
  if (text === undefined) quoted.set(query, (text = JSON.stringify(query)))
  const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`
  return `{"query":${text},"variables":${JSON.stringify(variables)}${name}}`
}

/** The id of the request goes with its calls, into the upstream's log. */
function headersFor(context: object): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' }
  if ('requestId' in context && typeof context.requestId === 'string') headers['x-request-id'] = context.requestId
  return headers
}

/** What the sources' own resolvers may know of the customer: a third wall, in the sources themselves. */
export type OwnContext = BillingContext & OrdersContext

/** The combined schema as it was before any access rule, and the sources that can be asked without it. */
export interface Sources {
  readonly unified: GraphQLSchema
  readonly findOwnSource: OwnSourceFinder
}

/** The utility's own sources: each by itself where that is known to be the same, else by way of Mesh's combined schema. */
export function callSources(context: object, { unified, findOwnSource }: Sources, own: () => OwnContext): SourceCall {
  // One for all calls of an operation, and none for the many that call nobody.
  let contextValue: object | undefined
  return async (text, variableValues) => {
    contextValue ??= Object.assign(Object.create(context) as object, own())
    const document = parsedOnce(text)
    const question = { document, contextValue, variableValues: { ...variableValues } }
    const asked = findOwnSource(document)
    const answer = asked === undefined ? askSchema(unified, question) : asked.source.ask({ ...question, document: asked.document })
    const { data, errors, messages } = await answer
    return {
      data,
      errors: [...errors.map(readError), ...missingLists({ data, errors }, document, asked?.source.schema ?? unified)],
      messages,
      missing: errors.flatMap(error => missingIn(ownError(error))),
    }
  }
}

/**
 * Only an error of our own says what happened; a library's text, and that of a source that answers GraphQL, may hold
 * anything. Of a source's error one word is read: whether the question was wrong.
 */
function readError(error: GraphQLError): SourceAnswer['errors'][number] {
  const own = ownError(error)
  const code = own?.code ?? (refusals.has(String(error.extensions['code'])) ? 'UPSTREAM_REFUSED' : 'UPSTREAM_UNAVAILABLE')
  return { code, message: own?.message ?? errorCodes[code].message, path: error.path }
}

function missingIn(error: GatewayError | undefined): readonly string[] {
  return error?.reason instanceof FieldMissing ? [error.reason.coordinate] : []
}

/** As Apollo Server's documentation lists them, which other servers follow. */
const refusals: ReadonlySet<string> = new Set([
  'BAD_USER_INPUT',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'UNAUTHENTICATED',
])

/** A list that is not there is no empty list: a source that says neither what it has nor what went wrong has failed. */
function missingLists(
  { data, errors }: Pick<OwnAnswer, 'data' | 'errors'>,
  document: DocumentNode,
  schema: GraphQLSchema,
): SourceAnswer['errors'] {
  const told = new Set(errors.map(({ path }) => path?.[0]))
  return typedRoots(document, schema).flatMap(({ key, type }) => {
    const isMissing = data?.[key] === null && isListType(getNullableType(type)) && !told.has(key)
    return isMissing ? [{ code: 'UPSTREAM_UNAVAILABLE', message: errorCodes.UPSTREAM_UNAVAILABLE.message, path: [key] } as const] : []
  })
}

function typedRoots(document: DocumentNode, schema: GraphQLSchema) {
  return rootFieldsOf(document).flatMap(({ operation, name, key }) => {
    const type = schema.getRootType(operation)?.getFields()[name]?.type
    return type === undefined ? [] : [{ key, type }]
  })
}

function ownError(error: unknown): GatewayError | undefined {
  if (error instanceof GatewayError) return error
  const original: unknown = typeof error === 'object' && error !== null && 'originalError' in error ? error.originalError : undefined
  return original === undefined || original === null ? undefined : ownError(original)
}
