import type { ExecutionArgs, GraphQLSchema } from 'graphql'
import { execute, Kind } from 'graphql'
import { assertAccess } from '../src/access/check-access.js'
import type { JobRegister } from '../src/exports/job-register.js'
import type { AccountIdCache } from '../src/opower/account-id-source.js'
import { isAheadOfNeed } from '../src/cache/ahead-of-need.js'
import { isTrouble } from '../src/cache/stale-answer.js'
import type { SourceAccess } from '../src/plan/access-rules.js'
import type { BoundOperation } from '../src/plan/bind.js'
import { bindOperation } from '../src/plan/bind.js'
import type { CursorSeal } from '../src/plan/cursors.js'
import { customerSchema } from '../src/plan/customer-schema.js'
import type { Foundation } from '../src/plan/foundation.js'
import { watchIds } from '../src/plan/foundation.js'
import type { GuardFault, UpstreamCall, Withheld } from '../src/plan/execute.js'
import { executePlan, refusedFor } from '../src/plan/execute.js'
import type { Row } from '../src/plan/fill-links.js'
import type { GoneFields } from '../src/plan/gone-fields.js'
import { FieldsGone } from '../src/plan/gone-fields.js'
import type { KeptRows, RowKeeper } from '../src/plan/kept-rows.js'
import { provenAnswer } from '../src/plan/bytes/proven-answer.js'
import { assertListsWithinLimit, assertTokensWithinLimit, assertWithinLimits } from '../src/plan/limits.js'
import type { PlanCache, PlannedOperation } from '../src/plan/plan-cache.js'
import { createPlanCache } from '../src/plan/plan-cache.js'
import type { GatewayError } from '../src/errors.js'
import { refusal } from '../src/errors.js'
import { withAge } from '../src/cache/stale-answer.js'
import type { MicroBatch } from '../src/sharing/micro-batch.js'
import type { SharedFlights } from '../src/sharing/share-in-flight.js'
import type { AccountIdSource } from '../src/accounts/account-ids.js'
import type { BillingCall } from '../src/sources/billing/own-accounts.js'
import { ownAccountsOf } from '../src/sources/billing/own-accounts.js'
import { clientSignalOf } from '../src/server/client-signal.js'
import { forgivingSchema } from '../src/server/forgiving-schema.js'
import { noticing } from '../src/server/gone-fields.js'
import type { OwnContext, UpstreamFetch } from '../src/server/source-calls.js'
import { callThroughFetch, callThroughMesh } from '../src/server/source-calls.js'
import type { Limits } from '../src/settings.js'
import type { Customer } from './account-scope.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface OperationPlanOptions {
  readonly access: SourceAccess
  readonly endpoint: URL
  /** Calls Opower through every step that a call goes through. */
  readonly fetch: UpstreamFetch
  readonly ids: AccountIdCache
  readonly seal: CursorSeal
  readonly jobs: JobRegister
  readonly flights: SharedFlights
  readonly batch: MicroBatch
  readonly limits: Limits
  /** For joins that may answer with rows of before when their source fails. */
  readonly rows: RowKeeper<Row>
  /** Fields that a source does not have any more, for some minutes each. */
  readonly gone: GoneFields
  /** A text for accounts that changes when what is kept about one of them must be forgotten. */
  readonly stampOf: (accounts: Iterable<string>) => string
  /** Hears of the schema that customers are served, and may refuse the start by throwing. */
  readonly onServed?: (schema: GraphQLSchema) => void
  /** How many people must stand behind a figure about a group. @default 10 */
  readonly minGroup?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
  /** Filled for the steps behind this one. */
  readonly prepared: WeakMap<object, PreparedOperation>
  /** Hears of each transaction with the billing database, as `onCall` does of calls over HTTP. */
  readonly onBillingCall?: (call: BillingCall, context: unknown) => void
  /** Something of somebody else's came from upstream and was withheld. */
  readonly onFault: (fault: GuardFault, source: string) => void
}

/** An operation that passed wall one. */
export interface PreparedOperation extends PlannedOperation {
  readonly customer: Customer
  readonly bound: BoundOperation
  readonly selectedEntities: string | undefined
  /** What the walls took for granted beside document, variables and scope. */
  readonly foundation: Foundation
  /** Its ids could not be looked up: it may find what was kept before, and nothing is asked for it. */
  readonly trouble?: GatewayError
}

/** The accounts that an operation reads, and those of the exports that it starts or asks for; none of one that was refused before. */
export function accountsOf(operation: PreparedOperation | undefined): readonly string[] {
  if (operation === undefined) return []
  const { urns, jobs } = operation.bound
  return [...new Set([...urns, ...jobs.flatMap(({ owner }) => owner.urns)])]
}

/** What this step needs of the context. */
interface PlanContext {
  readonly customer?: Customer
  readonly request?: Request
}

/** One customers' schema: its plans, and the combined schema that it was made from, as the sources are asked by it. */
interface ServedSchema {
  readonly plans: PlanCache
  readonly unified: GraphQLSchema
}

/**
 * Compiles each document once into its plan, checks every selector of a request against the scope (wall one) before
 * the cache is asked or anything is sent, and executes the plan so that nothing unproven comes back (wall two).
 *
 * @throws OPERATION_TOO_COSTLY, FIELD_NOT_AVAILABLE, BAD_REQUEST, ACCOUNT_NOT_IN_SCOPE, RANGE_NOT_AVAILABLE
 */
export function useOperationPlan(options: OperationPlanOptions): GatewayPlugin {
  const { access, limits, prepared } = options
  const served = new WeakMap<GraphQLSchema, ServedSchema>()
  return {
    onSchemaChange({ schema, replaceSchema }) {
      if (served.has(schema)) return
      assertAccess(schema, access)
      const customers = customerSchema(schema, access)
      served.set(customers, {
        plans: createPlanCache(customers, access),
        unified: forgivingSchema(schema),
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
      const operation = await prepare(args, context, options, schema)
      prepared.set(context, operation)
      setExecuteFn(async () => runOrAskLess(args, operation, context, { ...options, ...schema }))
    },
  }
}

async function prepare(
  args: ExecutionArgs,
  context: PlanContext,
  options: OperationPlanOptions,
  { plans }: ServedSchema,
): Promise<PreparedOperation> {
  const { customer } = context
  if (customer === undefined) throw refusal('UNAUTHENTICATED')
  const planned = plans.planOf(args.document, args.operationName ?? undefined, args.variableValues ?? undefined, options.gone.coordinates)
  assertListsWithinLimit(planned.variables, options.limits.listLength)
  const selectedEntities = context.request?.headers.get('opower-selected-entities') ?? undefined
  const { scope, session } = customer
  const now = (options.now ?? Date.now)()
  const call = callOf(context, scope, options)
  const bindBy = async (source: AccountIdSource): Promise<Pick<PreparedOperation, 'bound' | 'foundation'>> => {
    const { ids, foundation } = watchIds(source)
    const bound = await bindOperation(planned.plan, {
      ...planned,
      access: options.access,
      scope,
      subject: session.subject,
      jobs: options.jobs,
      now,
      ids,
      seal: options.seal,
      pageSize: options.limits.pageSize,
      selectedEntities,
      idempotencyKey: context.request?.headers.get('idempotency-key') ?? undefined,
    })
    return { bound, foundation: foundation(now) }
  }
  const prepared = { ...planned, customer, selectedEntities }
  try {
    return { ...prepared, ...(await bindBy(options.ids.through(call, scope.grants))) }
  } catch (trouble) {
    if (planned.plan.operation !== 'query' || !isTrouble(trouble)) throw trouble
    const refused = refusedFor(trouble)
    const before = await bindBy(options.ids.remembered(call, scope.grants)).catch(() => undefined)
    if (before === undefined) throw refused
    return { ...prepared, ...before, trouble: refused }
  }
}

type RunOptions = OperationPlanOptions & ServedSchema

/** Once, and for a query alone, the same is asked again without what a source says that it does not have any more. */
async function runOrAskLess(args: ExecutionArgs, operation: PreparedOperation, context: PlanContext, options: RunOptions) {
  if (operation.plan.operation !== 'query') return run(args, operation, context, options, { isFinal: true })
  try {
    return await run(args, operation, context, options, { isFinal: false })
  } catch (error) {
    if (!(error instanceof FieldsGone)) throw error
    const less = await prepare(args, context, options, options)
    options.prepared.set(context, less)
    return run(args, less, context, options, { isFinal: true })
  }
}

async function run(
  args: ExecutionArgs,
  operation: PreparedOperation,
  context: PlanContext,
  options: RunOptions,
  { isFinal }: { readonly isFinal: boolean },
) {
  const { customer, plan, bound, variables } = operation
  if (operation.trouble !== undefined) throw operation.trouble
  const heard = noticing(options.gone, plan, { isFinal })
  const call = heard.opower(callOf(context, customer.scope, options))
  const ids = options.ids.through(call, customer.scope.grants)
  const executed = await executePlan({
    plan,
    bound,
    variables,
    call,
    access: options.access,
    scope: customer.scope,
    scopeKey: customer.scope.key,
    callSource: heard.sources(
      callThroughMesh(
        context,
        options.unified,
        ownContext(customer.scope, ids, call => options.onBillingCall?.(call, context)),
      ),
    ),
    keptRows: rowsOf(operation, options),
    login: customer.session.login,
    seal: options.seal,
    jobs: options.jobs,
    now: (options.now ?? Date.now)(),
    ids,
    others: await introspect(args),
    ...(options.minGroup === undefined ? {} : { minGroup: options.minGroup }),
  })
  const { errors, faults, withheld, staleMs } = executed
  for (const fault of faults) options.onFault(fault, options.access.source)
  if (executed.body !== undefined) return provenAnswer(executed.body, toldOnce(withheld))
  const { data } = executed
  const answer = { data, ...(errors.length === 0 ? {} : { errors }), ...toldOnce(withheld) }
  return staleMs === undefined ? answer : withAge(answer, staleMs)
}

/** Named by all that decides what may be seen: another scope finds nothing there, nor does this one once something was withdrawn. */
function rowsOf({ plan, customer: { scope } }: PreparedOperation, { rows, stampOf }: OperationPlanOptions): KeptRows<Row> {
  return rows.for([plan.personal ? scope.personKey : scope.key, stampOf(scope.byUrn.keys())])
}

/** Shared within the scope, gathered with the rest of the page, and only then a real call. */
function callOf(
  context: PlanContext,
  { key }: Customer['scope'],
  { fetch, endpoint, access, flights, batch }: OperationPlanOptions,
): UpstreamCall {
  return flights.for(key, batch.for(key, callThroughFetch(fetch, context, endpoint, access.source)), waitingFor(context))
}

/** A call ahead of need has nobody behind it who could leave. */
function waitingFor(context: PlanContext): AbortSignal | undefined {
  return isAheadOfNeed(context) ? undefined : clientSignalOf(context)
}

/** Asked for by the sources' resolvers only when they run. */
function ownContext(scope: Customer['scope'], ids: AccountIdSource, onBillingCall: (call: BillingCall) => void): OwnContext {
  return {
    onBillingCall,
    ownAccounts: async () => ownAccountsOf(scope, await ids.load(scope.grants.map(grant => grant.urn))),
    ownCustomerIds: async () => scope.customerIds,
  }
}

/** What was not told is said once for the whole answer, by coordinate, so that a front end can say why it is empty. */
function toldOnce(withheld: Withheld): { extensions?: { substation: Partial<Withheld> } } {
  const told = Object.fromEntries(Object.entries(withheld).filter(([, coordinates]) => coordinates.length > 0))
  return Object.keys(told).length === 0 ? {} : { extensions: { substation: told } }
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

function readContext(context: unknown): PlanContext {
  return context as PlanContext
}
