import type { MeshInstance } from '@graphql-mesh/runtime'
import type { Executor } from '@graphql-tools/utils'
import { MapperKind, mapSchema } from '@graphql-tools/utils'
import type { DocumentNode, ExecutionResult, GraphQLFieldResolver, GraphQLOutputType, GraphQLSchema } from 'graphql'
import { execute, getNullableType, GraphQLError, isLeafType, isListType } from 'graphql'
import { readMembers } from '../../opower/read-members.js'
import { UpstreamFailure, upstreamFault } from '../../opower/upstream-errors.js'
import { property } from '../../plan/shape-value.js'
import { forgivingSchema } from '../forgiving-schema.js'
import { placeErrors } from './place-errors.js'

/** What is asked of a source: a document that is valid for its own schema, and for whom. */
export interface OwnQuestion {
  readonly document: DocumentNode
  readonly variableValues: Record<string, unknown>
  readonly contextValue: object
}

export interface OwnAnswer {
  readonly data: ExecutionResult['data'] | undefined
  readonly errors: readonly GraphQLError[]
  /** The source's own words. */
  readonly messages: readonly string[]
}

/** One of the utility's own sources, asked without the combined schema. */
export interface OwnSource {
  readonly schema: GraphQLSchema
  readonly ask: (question: OwnQuestion) => Promise<OwnAnswer>
}

/** A source as the combined schema would ask it: one that speaks GraphQL by its executor, any other by its own executable schema. */
export function ownSource({ schema, executor }: Pick<MeshInstance['rawSources'][number], 'schema' | 'executor'>): OwnSource {
  return { schema, ask: executor === undefined ? question => askSchema(schema, question) : askThrough(executor, schema) }
}

/** Executes a question on an executable schema. */
export async function askSchema(schema: GraphQLSchema, question: OwnQuestion): Promise<OwnAnswer> {
  const { data, errors = [] } = await execute({ schema, rootValue: {}, ...question })
  return { data, errors, messages: errors.map(({ message }) => message) }
}

/** What comes is read by the types of the source's schema, so that an answer that does not fit it is told apart field by field. */
function askThrough(executor: Executor, schema: GraphQLSchema): OwnSource['ask'] {
  const answers = forgivingSchema(
    mapSchema(schema, { [MapperKind.OBJECT_FIELD]: field => ({ ...field, resolve: byResponseKey(field.type) }) }),
  )
  return async question => {
    const { document, variableValues } = question
    const answer = await answerOf(executor, question)
    const { rootValue, elsewhere } = placeErrors(answer.data, answer.errors, document)
    const { data, errors = [] } = await execute({ schema: answers, document, variableValues, rootValue })
    return { data, errors: [...errors, ...elsewhere], messages: answer.errors.map(({ message }) => message) }
  }
}

function byResponseKey(type: GraphQLOutputType): GraphQLFieldResolver<unknown, unknown> {
  const read = readerOf(type)
  return (object, _args, _context, { path }) => read(property(object, String(path.key)))
}

/** A value that is not of its type counts as null. */
function readerOf(given: GraphQLOutputType): (value: unknown) => unknown {
  const type = getNullableType(given)
  if (isListType(type)) {
    const read = readerOf(type.ofType)
    return value => (Array.isArray(value) ? value.map(read) : read(value))
  }
  if (!isLeafType(type)) return expectObject
  return value => {
    if (value === null || value === undefined || value instanceof Error) return value
    try {
      return type.parseValue(value)
    } catch {
      return null
    }
  }
}

/** Where an object should be and is none, the whole field has failed, not each of its fields. */
function expectObject(value: unknown): unknown {
  if (value === undefined || typeof value === 'object') return value
  throw upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('answered something else'))
}

/** A GraphQL answer, whatever came. */
interface GivenAnswer {
  readonly data: unknown
  readonly errors: readonly GraphQLError[]
}

async function answerOf(executor: Executor, { document, variableValues, contextValue }: OwnQuestion): Promise<GivenAnswer> {
  try {
    const { data, errors = [] } = readMembers(await executor({ document, variables: variableValues, context: contextValue }))
    const areErrors = Array.isArray(errors) && errors.every(error => error instanceof GraphQLError)
    if (areErrors && (data != null || errors.length > 0)) return { data, errors }
    return failed(upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('answered something else')))
  } catch (error) {
    return failed(error)
  }
}

function failed(error: unknown): GivenAnswer {
  const originalError = error instanceof Error ? error : new Error('failed')
  return { data: undefined, errors: [new GraphQLError(originalError.message, { originalError })] }
}
