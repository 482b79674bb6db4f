import type { DocumentNode, ExecutionArgs } from 'graphql'
import { execute, Kind } from 'graphql'
import type { Executed, ExecutionInput, Withheld } from '../plan/execute.js'
import { executePlan } from '../plan/execute.js'
import type { Row } from '../plan/fill-links.js'
import { FieldsGone } from '../plan/gone-fields.js'
import type { KeptRows } from '../plan/kept-rows.js'
import { provenAnswer } from '../plan/bytes/proven-answer.js'
import { withAge } from '../cache/stale-answer.js'
import type { AccountIdSource } from '../accounts/account-ids.js'
import type { BillingCall } from '../sources/billing/own-accounts.js'
import { ownAccountsOf } from '../sources/billing/own-accounts.js'
import { noticing } from './gone-fields.js'
import type { OwnContext } from './source-calls.js'
import { callSources } from './source-calls.js'
import type { Customer } from '../context.js'
import type { OperationOptions, PlanContext, PreparedOperation, ServedSchema } from './prepare-operation.js'
import { callOf, prepareOperation } from './prepare-operation.js'

/** Where an operation is executed. */
export interface Running {
  readonly served: ServedSchema
  /** Told of an operation that was prepared anew. */
  readonly onPrepared: (operation: PreparedOperation) => void
}

/**
 * Executes a prepared operation so that nothing unproven comes back (wall two).
 *
 * Once, and for a query alone, the same is asked again without what a source says that it does not have any more.
 */
export async function runOperation(
  args: ExecutionArgs,
  operation: PreparedOperation,
  context: PlanContext,
  options: OperationOptions,
  { served, onPrepared }: Running,
) {
  const asking = { args, context, options, served }
  if (operation.plan.operation !== 'query') return run(operation, asking, 'last')
  try {
    return await run(operation, asking, 'first')
  } catch (error) {
    if (!(error instanceof FieldsGone)) throw error
    const less = await prepareOperation(args, context, options, served)
    onPrepared(less)
    return run(less, asking, 'last')
  }
}

/** What stays the same when an operation is prepared anew. */
interface Asking {
  readonly args: ExecutionArgs
  readonly context: PlanContext
  readonly options: OperationOptions
  readonly served: ServedSchema
}

/** After the last one nothing is asked again, whatever a source says that it does not have. */
type Try = 'first' | 'last'

async function run(operation: PreparedOperation, asking: Asking, which: Try) {
  if (operation.trouble !== undefined) throw operation.trouble
  const { args, options } = asking
  const question = schemaQuestionIn(args.document)
  const others = question === 'none' ? noOthers : await introspect({ ...args, document: question })
  const executed = await executePlan(inputFor(operation, others, asking, which))
  for (const fault of executed.faults) options.onFault(fault, options.access.source)
  return answerOf(executed)
}

function inputFor(
  operation: PreparedOperation,
  others: ExecutionInput['others'],
  { context, options, served }: Asking,
  which: Try,
): ExecutionInput {
  const { plan, bound, variables, customer } = operation
  const { scope, session } = customer
  const { access, seal, jobs, minGroup, now = Date.now } = options
  const heard = noticing(options.gone, plan, { isFinal: which === 'last' })
  const call = callOf(context, scope, options)
  const ids = options.ids.through(call, scope.grants)
  const own = (): OwnContext => ownContext(scope, ids, call => options.onBillingCall?.(call, context))
  return {
    plan,
    bound,
    variables,
    call: heard.opower(call),
    access,
    scope,
    scopeKey: scope.key,
    callSource: heard.sources(callSources(context, served, own)),
    keptRows: plan.linkDocuments.size === 0 ? undefined : rowsOf(operation, options),
    login: session.login,
    seal,
    jobs,
    now: now(),
    ids,
    others,
    minGroup,
    // There from the start: what is added to a copy gives each one a shape of its own, which every reader would have to learn.
    shapedPart: undefined,
    provenSeries: undefined,
  }
}

function answerOf(executed: Executed) {
  const { body, errors, withheld, staleMs } = executed
  if (body !== undefined) return provenAnswer(body, toldOnce(withheld))
  // Not before: an answer that is there as bytes would be parsed for it.
  const { data } = executed
  const answer = { data, ...(errors.length === 0 ? {} : { errors }), ...toldOnce(withheld) }
  return staleMs === undefined ? answer : withAge(answer, staleMs)
}

const noOthers: Readonly<Record<string, unknown>> = {}

/** Named by all that decides what may be seen: another scope finds nothing there, nor does this one once something was withdrawn. */
function rowsOf({ plan, customer: { scope } }: PreparedOperation, { rows, stampOf }: OperationOptions): KeptRows<Row> {
  return rows.for([plan.personal ? scope.personKey : scope.key, stampOf(scope.urns)])
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
  if (withheld.masked.length + withheld.suppressed.length === 0) return {}
  const told = Object.entries(withheld).filter(([, coordinates]) => coordinates.length > 0)
  return { extensions: { substation: Object.fromEntries(told) } }
}

/** The schema itself is answered by the library; whether it may be asked is decided by the introspection step. */
async function introspect(question: ExecutionArgs): Promise<Record<string, unknown>> {
  const { data } = await execute(question)
  return { ...data }
}

const schemaQuestions = new WeakMap<DocumentNode, DocumentNode | 'none'>()

function schemaQuestionIn(document: DocumentNode): DocumentNode | 'none' {
  const known = schemaQuestions.get(document)
  if (known !== undefined) return known
  const question = schemaQuestionOf(document)
  schemaQuestions.set(document, question)
  return question
}

/** What is left of a document without all that is not about the schema itself. */
function schemaQuestionOf(document: DocumentNode): DocumentNode | 'none' {
  const definitions = document.definitions.map(definition => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return definition
    const selections = definition.selectionSet.selections.filter(
      each => each.kind === Kind.FIELD && /^__(?:schema|type)$/.test(each.name.value),
    )
    return { ...definition, selectionSet: { ...definition.selectionSet, selections } }
  })
  const asks = definitions.some(each => each.kind === Kind.OPERATION_DEFINITION && each.selectionSet.selections.length > 0)
  return asks ? { ...document, definitions } : 'none'
}
