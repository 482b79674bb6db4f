import type { ExecutionArgs, GraphQLSchema } from 'graphql'
import { execute, Kind } from 'graphql'
import { assertAccess } from '../src/access/check-access.js'
import type { JobRegister } from '../src/exports/job-register.js'
import type { AccountIdCache } from '../src/opower/account-id-source.js'
import type { SourceAccess } from '../src/plan/access-rules.js'
import type { BoundOperation } from '../src/plan/bind.js'
import { bindOperation } from '../src/plan/bind.js'
import type { CursorSeal } from '../src/plan/cursors.js'
import { customerSchema } from '../src/plan/customer-schema.js'
import type { GuardFault, UpstreamCall } from '../src/plan/execute.js'
import { executePlan } from '../src/plan/execute.js'
import { assertListsWithinLimit, assertTokensWithinLimit, assertWithinLimits } from '../src/plan/limits.js'
import type { PlanCache, PlannedOperation } from '../src/plan/plan-cache.js'
import { createPlanCache } from '../src/plan/plan-cache.js'
import { refusal } from '../src/errors.js'
import type { Limits } from '../src/settings.js'
import type { Customer } from './account-scope.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface OperationPlanOptions {
  readonly access: SourceAccess
  readonly endpoint: URL
  readonly ids: AccountIdCache
  readonly seal: CursorSeal
  readonly jobs: JobRegister
  readonly limits: Limits
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
  /** Filled for the steps behind this one. */
  readonly prepared: WeakMap<object, PreparedOperation>
  /** Something of somebody else's came from upstream and was withheld. */
  readonly onFault: (fault: GuardFault, source: string) => void
}

/** An operation that passed wall one. */
export interface PreparedOperation extends PlannedOperation {
  readonly customer: Customer
  readonly bound: BoundOperation
  readonly selectedEntities: string | undefined
}

/** What this step needs of the context; Mesh's `fetch` runs every `onFetch` step. */
interface PlanContext {
  readonly customer?: Customer
  readonly request?: Request
  readonly fetch: (url: string, init: RequestInit, context: unknown, info: unknown) => Promise<Response>
}

/**
 * Compiles each document once into its plan, checks every selector of a request against the scope (wall one) before
 * the cache is asked or anything is sent, and executes the plan so that nothing unproven comes back (wall two).
 *
 * @throws OPERATION_TOO_COSTLY, FIELD_NOT_AVAILABLE, BAD_REQUEST, ACCOUNT_NOT_IN_SCOPE, RANGE_NOT_AVAILABLE
 */
export function useOperationPlan(options: OperationPlanOptions): GatewayPlugin {
  const { access, limits, prepared } = options
  const plans = new WeakMap<GraphQLSchema, PlanCache>()
  return {
    onSchemaChange({ schema, replaceSchema }) {
      if (plans.has(schema)) return
      assertAccess(schema, access)
      const served = customerSchema(schema, access)
      plans.set(served, createPlanCache(served, access))
      replaceSchema(served)
    },
    onParse({ params }) {
      assertTokensWithinLimit(String(params.source), limits.tokens)
      return ({ result }) => {
        if (result !== null && !(result instanceof Error)) assertWithinLimits(result, limits)
      }
    },
    async onExecute({ args, setExecuteFn }) {
      const context = readContext(args.contextValue)
      const operation = await prepare(args, context, options, plans.get(args.schema))
      prepared.set(context, operation)
      setExecuteFn(() => run(args, operation, context, options))
    },
  }
}

async function prepare(
  args: ExecutionArgs,
  context: PlanContext,
  options: OperationPlanOptions,
  cache: PlanCache | undefined,
): Promise<PreparedOperation> {
  const { customer } = context
  if (customer === undefined || cache === undefined) throw refusal(customer === undefined ? 'UNAUTHENTICATED' : 'INTERNAL')
  const planned = cache.planOf(args.document, args.operationName ?? undefined, args.variableValues ?? undefined)
  assertListsWithinLimit(planned.variables, options.limits.listLength)
  const selectedEntities = context.request?.headers.get('opower-selected-entities') ?? undefined
  const bound = await bindOperation(planned.plan, {
    ...planned,
    scope: customer.scope,
    subject: customer.session.subject,
    jobs: options.jobs,
    now: (options.now ?? Date.now)(),
    ids: options.ids.through(callThrough(context, options)),
    seal: options.seal,
    pageSize: options.limits.pageSize,
    selectedEntities,
  })
  return { ...planned, customer, bound, selectedEntities }
}

async function run(args: ExecutionArgs, operation: PreparedOperation, context: PlanContext, options: OperationPlanOptions) {
  const { customer, plan, bound, variables } = operation
  const call = callThrough(context, options)
  const { data, errors, faults } = await executePlan({
    plan,
    bound,
    variables,
    call,
    access: options.access,
    scopeKey: customer.scope.key,
    login: customer.session.login,
    seal: options.seal,
    jobs: options.jobs,
    ids: options.ids.through(call),
    others: await introspect(args),
  })
  for (const fault of faults) options.onFault(fault, options.access.source)
  return errors.length === 0 ? { data } : { data, errors }
}

/** The schema itself is answered by the library; whether it may be asked is decided by the introspection step. */
async function introspect(args: ExecutionArgs): Promise<Record<string, unknown>> {
  const definitions = args.document.definitions.map(definition => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return definition
    const selections = definition.selectionSet.selections.filter(
      each => each.kind === Kind.FIELD && /^__(?:schema|type)$/.test(each.name.value),
    )
    return { ...definition, selectionSet: { ...definition.selectionSet, selections } }
  })
  const asks = definitions.some(each => each.kind === Kind.OPERATION_DEFINITION && each.selectionSet.selections.length > 0)
  if (!asks) return {}
  const { data } = await execute({ ...args, document: { ...args.document, definitions } })
  return { ...data }
}

/** One call to the source through every `onFetch` step; a body is JSON by then, or the call has failed with a code. */
function callThrough(context: PlanContext, { endpoint, access }: OperationPlanOptions): UpstreamCall {
  return async ({ query, variables, operationName }) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables, ...(operationName === undefined ? {} : { operationName }) }),
    }
    const response = await context.fetch(endpoint.href, init, context, { sourceName: access.source })
    return response.json()
  }
}

function readContext(context: unknown): PlanContext {
  return context as PlanContext
}
