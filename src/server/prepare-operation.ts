import type { ExecutionArgs } from 'graphql'
import type { JobRegister } from '../exports/job-register.js'
import type { AccountIdCache } from '../opower/account-id-source.js'
import { isAheadOfNeed } from '../cache/ahead-of-need.js'
import { isTrouble } from '../cache/stale-answer.js'
import type { SourceAccess } from '../plan/access-rules.js'
import type { BoundOperation } from '../plan/bind.js'
import { bindOperation } from '../plan/bind.js'
import type { CursorSeal } from '../plan/cursors.js'
import type { Foundation } from '../plan/foundation.js'
import { WatchedIds } from '../plan/foundation.js'
import type { GuardFault, UpstreamCall } from '../plan/execute.js'
import { refusedFor } from '../plan/execute-by-value.js'
import type { Row } from '../plan/fill-links.js'
import type { GoneFields } from '../plan/gone-fields.js'
import type { RowKeeper } from '../plan/kept-rows.js'
import { assertListsWithinLimit } from '../plan/limits.js'
import type { PlanCache, PlannedOperation } from '../plan/plan-cache.js'
import type { GatewayError } from '../errors.js'
import { refusal } from '../errors.js'
import type { MicroBatch } from '../sharing/micro-batch.js'
import type { SharedFlights } from '../sharing/share-in-flight.js'
import type { AccountIdSource } from '../accounts/account-ids.js'
import type { BillingCall } from '../sources/billing/own-accounts.js'
import { clientSignalOf } from './client-signal.js'
import type { Sources, UpstreamFetch } from './source-calls.js'
import { callThroughFetch } from './source-calls.js'
import type { Limits } from '../settings.js'
import type { Customer } from '../context.js'

/** What operations are prepared and run with, the same for all. */
export interface OperationOptions {
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
  readonly stampOf: (accounts: readonly string[]) => string
  /** How many people must stand behind a figure about a group. @default 10 */
  readonly minGroup?: number | undefined
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
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
  return jobs.length === 0 ? urns : [...new Set([...urns, ...jobs.flatMap(({ owner }) => owner.urns)])]
}

/** What an operation needs of its context. */
export interface PlanContext {
  readonly customer?: Customer
  readonly request?: { readonly headers: Pick<Headers, 'get'> }
}

/** One customers' schema: its plans, and the sources behind it. */
export interface ServedSchema extends Sources {
  readonly plans: PlanCache
}

/**
 * Plans an operation and checks each of its selectors against the scope (wall one).
 *
 * @throws OPERATION_TOO_COSTLY, FIELD_NOT_AVAILABLE, BAD_REQUEST, ACCOUNT_NOT_IN_SCOPE, RANGE_NOT_AVAILABLE
 */
export async function prepareOperation(
  args: ExecutionArgs,
  context: PlanContext,
  options: OperationOptions,
  { plans }: ServedSchema,
): Promise<PreparedOperation> {
  const { customer, request } = context
  if (customer === undefined) throw refusal('UNAUTHENTICATED')
  const planned = plans.planOf(args.document, args.operationName ?? undefined, args.variableValues ?? undefined, options.gone.coordinates)
  assertListsWithinLimit(planned.variables, options.limits.listLength)
  const selectedEntities = request?.headers.get('opower-selected-entities') ?? undefined
  const idempotencyKey = request?.headers.get('idempotency-key') ?? undefined
  const asked = { planned, customer, selectedEntities, idempotencyKey }
  const { grants } = customer.scope
  // The very one that the flights gave: by it the ids of one owner are told apart from another's.
  const call = callOf(context, customer.scope, options)
  try {
    return await bindAsked(asked, options.ids.through(call, grants), options)
  } catch (trouble) {
    if (planned.plan.operation !== 'query' || !isTrouble(trouble)) throw trouble
    const refused = refusedFor(trouble)
    const before = await bindAsked(asked, options.ids.remembered(call, grants), options).catch(() => undefined)
    if (before === undefined) throw refused
    return { ...before, trouble: refused }
  }
}

interface AskedOperation extends Pick<PreparedOperation, 'customer' | 'selectedEntities'> {
  readonly planned: PlannedOperation
  readonly idempotencyKey: string | undefined
}

/** Member after member: it runs for each request, and copies of copies would cost more than what they hold. */
async function bindAsked(
  { planned: { plan, variables }, customer, selectedEntities, idempotencyKey }: AskedOperation,
  source: AccountIdSource,
  { access, jobs, seal, limits: { pageSize }, now: clock = Date.now }: OperationOptions,
): Promise<PreparedOperation> {
  const ids = new WatchedIds(source)
  const { scope, session } = customer
  const { subject } = session
  const now = clock()
  const request = { variables, scope, subject, selectedEntities, idempotencyKey, now, ids, access, jobs, seal, pageSize }
  const bound = await bindOperation(plan, request)
  return { plan, variables, customer, selectedEntities, bound, foundation: ids.foundation(now) }
}

/** Shared within the scope, gathered with the rest of the page, and only then a real call. */
export function callOf(
  context: PlanContext,
  { key }: Customer['scope'],
  { fetch, endpoint, access, flights, batch }: OperationOptions,
): UpstreamCall {
  return flights.for(key, batch.for(key, callThroughFetch(fetch, context, endpoint, access.source)), waitingFor(context))
}

/** A call ahead of need has nobody behind it who could leave. */
function waitingFor(context: PlanContext): AbortSignal | undefined {
  return isAheadOfNeed(context) ? undefined : clientSignalOf(context)
}
