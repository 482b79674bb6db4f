import type { GraphQLError, GraphQLSchema } from 'graphql'
import { execute, parse } from 'graphql'
import { LRUCache } from 'lru-cache'
import { errorCodes, GatewayError } from '../errors.js'
import type { SourceAnswer, SourceCall } from '../plan/ask-sources.js'
import type { UpstreamCall } from '../plan/execute.js'
import type { BillingContext } from '../sources/billing/own-accounts.js'
import type { OrdersContext } from '../sources/orders/own-customers.js'

/** What Mesh puts on the context of a request: a fetch that runs every `onFetch` step. */
export interface FetchContext {
  readonly fetch: (url: string, init: RequestInit, context: unknown, info: unknown) => Promise<Response>
}

/** One call to Opower through every `onFetch` step; a body is JSON by then, or the call has failed with a code. */
export function callThroughFetch(context: FetchContext, endpoint: URL, sourceName: string): UpstreamCall {
  return async ({ query, variables, operationName }) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables, ...(operationName === undefined ? {} : { operationName }) }),
    }
    const response = await context.fetch(endpoint.href, init, context, { sourceName })
    return response.json()
  }
}

/** What the sources' own resolvers may know of the customer: a third wall, in the sources themselves. */
export type OwnContext = BillingContext & OrdersContext

/** Documents for the utility's own sources are our own plans': few, and parsed once. */
const parsed = new LRUCache<string, ReturnType<typeof parse>>({ max: 2_000 })

/** The utility's own sources, executed by Mesh on the combined schema as it was before any access rule. */
export function callThroughMesh(context: object, schema: GraphQLSchema, own: OwnContext): SourceCall {
  const contextValue: object = Object.assign(Object.create(context), own)
  return async (text, variableValues) => {
    const document = parsed.get(text) ?? parse(text, { noLocation: true })
    parsed.set(text, document)
    const { data, errors } = await execute({ schema, document, contextValue, variableValues: { ...variableValues }, rootValue: {} })
    return { data, errors: (errors ?? []).map(readError) }
  }
}

/** Only an error of our own says what happened; a library's text may hold anything. */
function readError(error: GraphQLError): SourceAnswer['errors'][number] {
  const own = ownError(error)
  const code = own?.code ?? 'UPSTREAM_UNAVAILABLE'
  return { code, message: own?.message ?? errorCodes[code].message, path: error.path }
}

function ownError(error: unknown): GatewayError | undefined {
  if (error instanceof GatewayError) return error
  const original: unknown = typeof error === 'object' && error !== null && 'originalError' in error ? error.originalError : undefined
  return original === undefined || original === null ? undefined : ownError(original)
}
