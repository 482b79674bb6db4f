import { createHash } from 'node:crypto'
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import { getOperationAST, getVariableValues, lexicographicSortSchema, print, printSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import { refusal } from '../errors.js'
import type { SourceAccess } from './access-rules.js'
import type { Variables } from './argument-values.js'
import { compilePlan, conditionVariables } from './compile.js'
import type { OperationPlan } from './plan.js'

export interface PlannedOperation {
  readonly plan: OperationPlan
  /** Coerced as the operation's definitions say, defaults included. */
  readonly variables: Variables
}

export interface PlanCache {
  /**
   * The plan of the operation that would be executed, compiled at most once.
   *
   * @param gone fields that their sources do not have any more: what the operation asks of them is left out
   *
   * @throws GatewayError `BAD_REQUEST` when no such operation is in the document or a variable does not fit its type,
   * and whatever compiling throws
   */
  planOf(
    document: DocumentNode,
    operationName: string | undefined,
    given: Variables | undefined,
    gone?: readonly string[],
  ): PlannedOperation
}

interface KnownOperation {
  /** Names it: no other operation of this cache ever has the same. */
  readonly number: number
  readonly document: DocumentNode
  readonly text: string
  readonly operationName: string | undefined
  readonly operation: OperationDefinitionNode
  readonly conditions: readonly string[]
}

/** @param max plans that are kept; one document has a plan for each choice of its `@skip` and `@include` variables. */
export function createPlanCache(schema: GraphQLSchema, access: SourceAccess, max = 2_000): PlanCache {
  const schemaHash = createHash('sha256')
    .update(printSchema(lexicographicSortSchema(schema)))
    .digest('hex')
  const operations = new LRUCache<string, KnownOperation>({ max })
  /** The same by the document itself, which mostly is the very one of before: nothing of a long text is put together for it. */
  const byDocument = new WeakMap<DocumentNode, KnownOperation>()
  const plans = new LRUCache<string, OperationPlan>({ max })
  let last = 0

  function operationOf(document: DocumentNode, operationName: string | undefined): KnownOperation {
    const before = byDocument.get(document)
    if (before !== undefined && before.operationName === operationName) return before
    const known = operationBy(document, operationName)
    byDocument.set(document, known)
    return known
  }

  function operationBy(document: DocumentNode, operationName: string | undefined): KnownOperation {
    const text = document.loc?.source.body ?? print(document)
    // The length tells where the text ends. Nothing is escaped, since documents are long.
    const key = `${text.length} ${text}${operationName === undefined ? '' : `=${operationName}`}`
    const known = operations.get(key)
    if (known !== undefined) return known
    const operation = getOperationAST(document, operationName)
    if (operation == null) throw refusal('BAD_REQUEST', { message: unknownOperation(operationName) })
    const fresh = { number: (last += 1), document, text, operationName, operation, conditions: conditionVariables(document) }
    operations.set(key, fresh)
    return fresh
  }

  function compiled(known: KnownOperation, variables: Variables, without: readonly string[]): OperationPlan {
    const { number, document, text, operation, conditions } = known
    const key = `${number} ${conditions.map(name => variables[name] === true).join()} ${without.join()}`
    const before = plans.get(key)
    if (before !== undefined) return before
    const values = Object.fromEntries(conditions.map(name => [name, variables[name] === true]))
    const plan = compilePlan({ schema, schemaHash, access, document, text, operation, conditions: values, without })
    plans.set(key, plan)
    return plan
  }

  return {
    planOf(document, operationName, given, gone = []) {
      const known = operationOf(document, operationName)
      const variables = coerced(schema, known.operation, given)
      const plan = compiled(known, variables, [])
      const without = gone.filter(coordinate => plan.coordinates.has(coordinate))
      return { plan: without.length === 0 ? plan : compiled(known, variables, without), variables }
    },
  }
}

function unknownOperation(name: string | undefined): string {
  return name === undefined
    ? 'The document has several operations: say which one by "operationName".'
    : 'The document has no operation of the name given as "operationName".'
}

const firstError = { maxErrors: 1 }

/** The library's own messages would spell out what the schema expects, enum values included. */
function coerced(schema: GraphQLSchema, operation: OperationDefinitionNode, given: Variables | undefined): Variables {
  const definitions = operation.variableDefinitions ?? []
  if (definitions.length === 0) return {}
  const result = getVariableValues(schema, definitions, given ?? {}, firstError)
  if (result.coerced !== undefined) return result.coerced
  const [error] = result.errors
  const node = error?.nodes?.[0]
  const definition = definitions.find(each => each === node) ?? definitions[0]
  const name = definition?.variable.name.value ?? ''
  throw refusal('BAD_REQUEST', {
    message: `The value of the variable "$${name}" is not of its type, ${definition === undefined ? 'unknown' : print(definition.type)}.`,
  })
}
