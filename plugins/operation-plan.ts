import type { GraphQLSchema } from 'graphql'
import { assertAccess } from '../src/access/check-access.js'
import { customerSchema } from '../src/plan/customer-schema.js'
import { assertTokensWithinLimit, assertWithinLimits } from '../src/plan/limits.js'
import { createPlanCache } from '../src/plan/plan-cache.js'
import { refusal } from '../src/errors.js'
import { forgivingSchema } from '../src/server/forgiving-schema.js'
import { ownSourceFinderOf } from '../src/server/own-sources/own-source-finder.js'
import type { GatewayPlugin } from './gateway-plugin.js'
import type { ExecutedOperation } from '../src/server/begun.js'
import { executedOf, socketOf } from '../src/server/begun.js'
import type { KnownDocuments } from '../src/server/direct/known-documents.js'
import type { OperationOptions, PlanContext, PreparedOperation, ServedSchema } from '../src/server/prepare-operation.js'
import { prepareOperation } from '../src/server/prepare-operation.js'
import { runOperation } from '../src/server/run-operation.js'

export interface OperationPlanOptions extends OperationOptions {
  /** Hears of the schema that customers are served, and may refuse the start by throwing. */
  readonly onServed?: (schema: GraphQLSchema) => void
  /** Filled with the documents that got as far as their execution. */
  readonly documents?: KnownDocuments
  /** Filled for the steps behind this one. */
  readonly prepared: WeakMap<object, PreparedOperation>
}

/**
 * Compiles each document once into its plan, checks every selector of a request against the scope (wall one) before
 * the cache is asked or anything is sent, and executes the plan so that nothing unproven comes back (wall two).
 *
 * @throws OPERATION_TOO_COSTLY, FIELD_NOT_AVAILABLE, BAD_REQUEST, ACCOUNT_NOT_IN_SCOPE, RANGE_NOT_AVAILABLE
 */
export function useOperationPlan(options: OperationPlanOptions): GatewayPlugin {
  const { access, limits, prepared, documents } = options
  const served = new WeakMap<GraphQLSchema, ServedSchema>()
  return {
    onSchemaChange({ schema, replaceSchema }) {
      if (served.has(schema)) return
      assertAccess(schema, access)
      const customers = customerSchema(schema, access)
      served.set(customers, {
        plans: createPlanCache(customers, access),
        unified: forgivingSchema(schema),
        findOwnSource: ownSourceFinderOf(schema),
      })
      options.onServed?.(customers)
      replaceSchema(customers)
    },
    onParse({ params }) {
      assertTokensWithinLimit(String(params.source), limits.tokens)
      return ({ result }) => {
        if (result !== null && !(result instanceof Error)) assertWithinLimits(result, limits)
      }
    },
    async onExecute({ args, setExecuteFn }) {
      const context = readContext(args.contextValue)
      const schema = served.get(args.schema)
      if (schema === undefined) throw refusal('INTERNAL', { cause: new TypeError('expected a schema that was prepared for customers') })
      const executed = executedFor(context)
      if (executed !== undefined) {
        prepared.set(context, executed.operation)
        return setExecuteFn(executed.answer)
      }
      const operation = await prepareOperation(args, context, options, schema)
      prepared.set(context, operation)
      documents?.learn(args, schema)
      setExecuteFn(async () =>
        runOperation(args, operation, context, options, { served: schema, onPrepared: less => void prepared.set(context, less) }),
      )
    },
  }
}

/** What was executed before for this very request, and for nobody but who it is for. */
function executedFor(context: PlanContext): ExecutedOperation | undefined {
  const socket = socketOf(context)
  const executed = socket === undefined ? undefined : executedOf(socket)
  if (executed === undefined || executed.operation.customer.scope.personKey !== context.customer?.scope.personKey) return undefined
  return executed
}

function readContext(context: unknown): PlanContext {
  return context as PlanContext
}
