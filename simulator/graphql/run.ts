import { execute, GraphQLError, Kind, parse, validate, visit } from 'graphql'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import { strangerAt } from '../resolvers/ask.js'
import type { Ask } from '../resolvers/ask.js'
import { rootView } from '../resolvers/roots.js'
import { executionError, syntaxError, validationError } from './java-errors.js'
import type { JavaError } from './java-errors.js'

export interface GraphQLRequest {
  readonly query: string
  readonly operationName: string | null
  readonly variables: Readonly<Record<string, unknown>> | null
}

export interface GraphQLAnswer {
  readonly data?: unknown
  readonly errors?: readonly JavaError[]
}

type Prepared = { readonly document: DocumentNode } | { readonly errors: readonly JavaError[] }

/** How many documents each schema remembers as parsed and validated. */
const remembered = 500
const documents = new WeakMap<GraphQLSchema, Map<string, Prepared>>()

/** Parses, validates and executes one request; whatever goes wrong is in the answer, as graphql-java would put it. */
export async function runGraphQL(schema: GraphQLSchema, request: GraphQLRequest, ask: Ask): Promise<GraphQLAnswer> {
  const prepared = prepare(schema, request.query, ask.face === 'edge')
  if ('errors' in prepared) return { errors: prepared.errors }
  const result = await execute({
    schema,
    document: prepared.document,
    rootValue: rootView(ask),
    contextValue: ask,
    variableValues: request.variables,
    operationName: request.operationName,
  })
  const errors = [...(result.errors ?? []).map(executionError), ...strangeErrors(result.data ?? {}, ask)]
  return { ...(errors.length > 0 ? { errors } : {}), ...(result.data === undefined ? {} : { data: result.data }) }
}

/** An error about another account beside good data, where that fault is set. */
function strangeErrors(data: Readonly<Record<string, unknown>>, ask: Ask): readonly JavaError[] {
  const stranger = strangerAt('error', [...ask.answered], ask)
  const root = Object.keys(data).find(key => data[key] !== null)
  if (stranger === undefined || root === undefined) return []
  const message = `Exception while fetching data (/${root}) : account ${stranger.accountNumber} (${stranger.canaries.error}) could not be read`
  return [{ message, locations: [], path: [root], extensions: { classification: 'DataFetchingException' } }]
}

function prepare(schema: GraphQLSchema, query: string, closed: boolean): Prepared {
  const known = documents.get(schema) ?? new Map<string, Prepared>()
  documents.set(schema, known)
  const prepared = known.get(query) ?? prepareAnew(schema, query, closed)
  if (known.size >= remembered) known.clear()
  known.set(query, prepared)
  return prepared
}

function prepareAnew(schema: GraphQLSchema, query: string, closed: boolean): Prepared {
  try {
    const document = parse(query)
    const faults = [...validate(schema, document), ...(closed ? introspectionFaults(document) : [])]
    return faults.length === 0 ? { document } : { errors: faults.map(fault => validationError(fault, document)) }
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [syntaxError(error)] }
    throw error
  }
}

/** Where introspection is closed, its roots do not exist. */
function introspectionFaults(document: DocumentNode): readonly GraphQLError[] {
  const faults: GraphQLError[] = []
  visit(document, {
    Field(node) {
      const name = node.name.value
      if (node.kind === Kind.FIELD && (name === '__schema' || name === '__type')) {
        faults.push(new GraphQLError(`Cannot query field "${name}" on type "Query".`, { nodes: node }))
      }
    },
  })
  return faults
}
