import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Standing } from '../../accounts/standing.js'
import type { AuditPlace } from '../../audit/audit-log.js'
import { answerBytes, freshBytes } from '../../cache/kept-answers.js'
import { isOld } from '../../cache/stale-answer.js'
import type { AnswerCache, Lookup } from '../answer-cache.js'
import type { ExecutedOperation } from '../begun.js'
import type { Customer } from '../../context.js'
import type { OperationPlan } from '../../plan/plan.js'
import { parsedOnce } from '../../plan/parsed-once.js'
import type { GraphQLParams } from '../graphql-params.js'
import type { OperationOptions, PreparedOperation } from '../prepare-operation.js'
import { prepareOperation } from '../prepare-operation.js'
import { runOperation } from '../run-operation.js'
import type { Sources } from '../source-calls.js'
import type { DirectContext } from './direct-context.js'
import { directContext } from './direct-context.js'
import type { KnownDocument } from './known-documents.js'

/** A query that is known, and who asks it. */
export interface DirectRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly customer: Customer
  readonly params: GraphQLParams
  readonly known: KnownDocument
  /** Room for its record. */
  readonly place: AuditPlace
  /** When it came, by `performance.now`. */
  readonly startedAt: number
}

/** The same in front of its execution: it passed wall one and was looked for in the cache. */
export interface DirectOperation {
  readonly asked: DirectRequest
  readonly context: DirectContext
  readonly args: ExecutionArgs
  readonly operation: PreparedOperation
  readonly lookup: Lookup
  /** Whether the answer was put together from windows alone. */
  readonly areWindows: () => boolean
}

export interface DirectOptions {
  readonly answers: AnswerCache<ExecutionResult>
  readonly operations: OperationOptions
  readonly standing: Standing
}

/**
 * Plans a query, checks its selectors (wall one) and looks for its answer.
 *
 * @returns undefined for what needs more: sources that can be asked through the library alone, an older answer where nothing can be asked, a
 * new one that is fetched behind an old one, the owner of a job
 * @throws GatewayError as `prepareOperation` does
 */
export async function prepareDirectly(asked: DirectRequest, { operations, answers }: DirectOptions): Promise<DirectOperation | undefined> {
  const { request, response, customer, startedAt, params, known } = asked
  const context = directContext(request, response, customer, startedAt)
  const { document, schema, served } = known
  const args = { document, schema, contextValue: context, variableValues: params.variables, operationName: params.operationName }
  const operation = await prepareOperation(args, context, operations, served)
  if (operation.trouble !== undefined || operation.bound.jobs.length > 0 || needsCombined(operation.plan, served)) return undefined
  let areWindows = false
  const lookup = await answers.look(operation, () => (areWindows = true))
  if (lookup.found?.freshness === 'revalidate') return undefined
  return { asked, context, args, operation, lookup, areWindows: () => areWindows }
}

/** The combined schema works in the library's own context only. */
function needsCombined({ sourceLegs, linkDocuments }: OperationPlan, { findOwnSource }: Sources): boolean {
  const documents = sourceLegs.map(leg => leg.document)
  for (const [{ link }, { document }] of linkDocuments) if (link?.rule.source !== 'Opower') documents.push(document)
  return documents.some(document => findOwnSource(parsedOnce(document)) === undefined)
}

/** What ended well. */
export interface DirectAnswer {
  readonly body: Buffer
  readonly operation: PreparedOperation
}

/**
 * Answers from what is kept, or executes and keeps what came of it.
 *
 * @returns the whole answer of somebody who may still have it, or what else came of the operation
 */
export async function runDirectly(direct: DirectOperation, options: DirectOptions): Promise<DirectAnswer | ExecutedOperation> {
  const { context, args, lookup } = direct
  const { served } = direct.asked.known
  let { operation } = direct
  const onPrepared = (less: PreparedOperation): void => void (operation = less)
  try {
    const kept = freshBytes(lookup.found)
    if (kept !== undefined) {
      await options.standing.assertUnchanged(context.customer)
      return { operation, body: kept }
    }
    const answer: ExecutionResult = await runOperation(args, operation, context, options.operations, { served, onPrepared })
    if (answer.errors !== undefined || isOld(answer)) return { operation, answer: async () => answer }
    await options.standing.assertUnchanged(context.customer)
    return { operation, body: options.answers.kept.keep(lookup.key, answer, lookup.times()) ?? answerBytes(answer) }
  } catch (error) {
    return { operation, answer: () => Promise.reject(error) }
  }
}
