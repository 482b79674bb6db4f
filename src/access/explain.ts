import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql'
import { parse, validate } from 'graphql'
import type { GrantSet } from '../accounts/grant.js'
import type { Scope } from '../accounts/scope.js'
import { createScope } from '../accounts/scope.js'
import { GatewayError, refusal } from '../errors.js'
import type { JobRegister } from '../exports/job-register.js'
import { createJobRegister } from '../exports/job-register.js'
import type { SourceAccess } from '../plan/access-rules.js'
import { valueOf } from '../plan/argument-values.js'
import { bindOperation } from '../plan/bind.js'
import { createCursorSeal } from '../plan/cursors.js'
import { customerSchema } from '../plan/customer-schema.js'
import { executePlan } from '../plan/execute.js'
import type { PlannedOperation } from '../plan/plan-cache.js'
import { createPlanCache } from '../plan/plan-cache.js'
import { coordinateOf } from '../plan/selection.js'
import { idsDocument, idsVariables } from '../plan/upstream-document.js'
import type { Session } from '../session/session.js'
import type { ExplainedCache, ExplainedRules } from './explain-cache.js'
import { explainCache } from './explain-cache.js'
import type { ExplainedSelector } from './explain-selectors.js'
import { explainMasks, explainSelectors, explainWitnesses } from './explain-selectors.js'
import type { SupposedIds } from './supposed-ids.js'
import { supposeIds } from './supposed-ids.js'

export interface ExplainInput {
  /** As built from the sources, before any access rule. */
  readonly schema: GraphQLSchema
  readonly access: SourceAccess
  readonly cache: ExplainedRules
  readonly document: string
  readonly operationName?: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly session: Session
  readonly grants: GrantSet
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Accounts on one page. @default 100 */
  readonly pageSize?: number
}

/** One request that the gateway would send. */
export interface ExplainedCall {
  readonly why: string
  readonly document: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** What would become of an operation. Nothing of it is sent. */
export interface Explanation {
  readonly operation: string
  readonly scope: Scope
  readonly selectors: readonly ExplainedSelector[]
  readonly witnesses: readonly string[]
  readonly masks: readonly string[]
  /** The refusal, when wall one lets nothing through. */
  readonly refused?: GatewayError
  readonly calls: readonly ExplainedCall[]
  readonly cache: ExplainedCache
}

/** A document that cannot be explained, in words for whoever wrote it. */
export class ExplainError extends Error {
  override readonly name = 'ExplainError'
}

/**
 * Takes an operation through the gateway's own steps up to the first call, and notes that call instead of sending it.
 * Ids that would have to be looked up are supposed to be the account's own.
 *
 * @throws ExplainError for a document that is not valid for this customer, GatewayError for variables that do not fit
 */
export async function explainOperation(input: ExplainInput): Promise<Explanation> {
  const { access, session, grants, now } = input
  const served = customerSchema(input.schema, access)
  const planned = createPlanCache(served, access).planOf(readDocument(input.document, served), input.operationName, input.variables)
  const { plan, variables } = planned
  const scope = createScope(session, grants, now)
  assertNoCursor(planned, access)
  const selecting = { schema: input.schema, access, plan, variables, scope }
  return {
    operation: `${plan.operation} ${plan.operationName ?? '(unnamed)'}`,
    scope,
    selectors: explainSelectors(selecting),
    witnesses: explainWitnesses(selecting),
    masks: explainMasks(selecting),
    cache: explainCache(planned, input.cache, now),
    ...(await tryOut(planned, scope, input)),
  }
}

function readDocument(text: string, schema: GraphQLSchema): DocumentNode {
  let document: DocumentNode
  try {
    document = parse(text)
  } catch (error) {
    throw new ExplainError(`The document cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  const faults = validate(schema, document)
  if (faults.length > 0)
    throw new ExplainError(`The document does not fit the schema that customers see:\n${faults.map(lineOf).join('\n')}`)
  return document
}

function lineOf({ message, locations }: GraphQLError): string {
  const [place] = locations ?? []
  return `  ${place === undefined ? '' : `line ${place.line}, column ${place.column}: `}${message}`
}

function assertNoCursor({ plan, variables }: PlannedOperation, access: SourceAccess): void {
  const ofRoots = plan.legs.flatMap(leg =>
    leg.arguments.map(argument => ({ argument, rule: access.arguments[`${coordinateOf(leg.selected)}(${argument.name})`] })),
  )
  const given = [...ofRoots, ...plan.bindings].filter(
    ({ argument, rule }) => rule?.chooses === 'cursor' && valueOf(argument, variables) != null,
  )
  if (given.length > 0)
    throw new ExplainError('Cursors are opened by the gateway that sealed them, and by no other: leave "after" and "before" out.')
}

async function tryOut(planned: PlannedOperation, scope: Scope, input: ExplainInput): Promise<Pick<Explanation, 'refused' | 'calls'>> {
  const calls: ExplainedCall[] = []
  const ids = supposeIds(planned.plan, planned.variables)
  try {
    await runDry(planned, scope, input, ids, calls)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    // Our own stop at the first call is no refusal.
    if (calls.length === 0) return { refused: error, calls: [] }
  }
  return { calls: [...(ids.asked.length > 0 ? [lookUp(ids.asked)] : []), ...calls] }
}

async function runDry(
  planned: PlannedOperation,
  scope: Scope,
  input: ExplainInput,
  ids: SupposedIds,
  calls: ExplainedCall[],
): Promise<void> {
  const { access, session, now, pageSize = 100 } = input
  const shared = { ...planned, access, scope, ids, jobs: supposeJobs(session, scope), seal: createCursorSeal() }
  const bound = await bindOperation(planned.plan, { ...shared, subject: session.subject, now, pageSize, selectedEntities: undefined })
  await executePlan({
    ...shared,
    bound,
    scopeKey: scope.key,
    login: session.login,
    others: {},
    call: async ({ query, variables }) => {
      calls.push({ why: access.source, document: query, variables })
      throw refusal('UPSTREAM_UNAVAILABLE')
    },
    callSource: async (document, variables) => {
      calls.push({ why: 'a further source', document, variables })
      throw refusal('UPSTREAM_UNAVAILABLE')
    },
  })
}

/** Who started a job is known to the running gateway alone: here it is whoever asks. */
function supposeJobs({ subject }: Session, scope: Scope): JobRegister {
  const owner = { subject, urns: scope.grants.map(grant => grant.urn) }
  return { ...createJobRegister(), find: async () => owner }
}

function lookUp(urns: readonly string[]): ExplainedCall {
  return { why: 'Opower, where the ids of the accounts are not known yet', document: idsDocument, variables: idsVariables(urns) }
}
