import { errorCodes, GatewayError, refusal } from '../errors.js'
import { readAccountIds } from '../opower/account-ids.js'
import { HeldResponse, onceFor } from '../opower/held-response.js'
import { translateUpstreamError } from '../opower/upstream-errors.js'
import type { SourceAnswer, SourceCall } from './ask-sources.js'
import type { BoundLeg } from './bind.js'
import type { ExecutionInput, UpstreamCall, UpstreamRequest } from './execute.js'
import { mergeAnswers } from './merge-answers.js'
import { property } from './shape-value.js'
import { idsAlias, idsVariables } from './upstream-document.js'

export interface OpowerAnswer {
  readonly data: unknown
  readonly errors: readonly unknown[]
}

/** The main document, and beside it what must not be asked in one request with its like. */
export async function askOpower(input: ExecutionInput, sent: readonly BoundLeg[], asksIds: boolean): Promise<OpowerAnswer> {
  const first = askMain(input, sent, asksIds)
  const apart = input.plan.apart.map(({ document, declared }) => {
    const roots = sent.filter(({ leg }) => declared.has(leg.valueVariable)).map(({ leg }) => leg.alias)
    return askOnce(input, document, chosen(input.bound.variables, declared), roots, false)
  })
  const [main, ...branches] = await Promise.all([first, ...apart])
  const data = branches.reduce((whole, branch) => mergeAnswers(whole, branch.data, input.plan.legs), main.data)
  return { data, errors: [main, ...branches].flatMap(each => each.errors) }
}

async function askMain(input: ExecutionInput, sent: readonly BoundLeg[], asksIds: boolean): Promise<OpowerAnswer> {
  const { plan, bound } = input
  const own = chosen(bound.variables, plan.declared)
  const roots = sent.map(({ leg }) => leg.alias)
  if (!asksIds) return askOnce(input, plan.document, own, roots)
  const answer = await askOnce(input, plan.documentWithIds, { ...own, ...idsVariables(bound.urns) }, [...roots, idsAlias])
  await learnIds(answer, input)
  return answer
}

/** What an answer tells of its accounts' ids. */
async function learnIds(answer: OpowerAnswer, { bound, ids }: ExecutionInput): Promise<void> {
  const learned = readAccountIds(property(answer.data, idsAlias), bound.urns)
  if (learned.size === 0 && answer.data != null) throw refusal('UPSTREAM_UNAVAILABLE')
  ids.learn(learned)
  if ([...learned.values()].some(each => each.isCut === true)) await ids.load(bound.urns)
}

/** A root that is null without any error is a hiccup and no answer (Opower facts: errors and partial data): asked once more. */
async function askOnce(
  { plan, call }: ExecutionInput,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  roots: readonly string[],
  isMain = true,
): Promise<OpowerAnswer> {
  const request = requestFor(plan, query, variables, isMain)
  const answer = readAnswer(await call(request))
  return plan.operation === 'query' && isHiccup(answer, roots) ? readAnswer(await call(request)) : answer
}

/** With room for what is added to it on its way: a copy that adds a member has a shape that no other one has. */
function requestFor(
  plan: ExecutionInput['plan'],
  query: string,
  variables: Readonly<Record<string, unknown>>,
  isMain = true,
): UpstreamRequest {
  const isHazardous = isMain ? plan.isHazardous : true
  const lane = plan.operation === 'query' ? (isHazardous || plan.isSlow ? 'slow' : 'quick') : undefined
  return { query, variables, operationName: plan.operationName, lane, isHazardous, signal: undefined, prove: undefined }
}

function isHiccup({ data, errors }: OpowerAnswer, roots: readonly string[]): boolean {
  return errors.length === 0 && roots.some(root => property(data, root) == null)
}

/** The ids of the accounts are asked for beside the answer. */
export interface LookForIds {
  /** They were learned from its bytes. */
  isLearned: boolean
}

/**
 * The main document of a query, whose answer's bytes may prove themselves.
 *
 * @param prove tells what it made of the bytes; asked again for an answer that somebody else's call brought
 * @returns what the bytes proved, or else the answer as a value
 */
export async function askForBytes<Proven extends object>(
  input: ExecutionInput,
  sent: readonly BoundLeg[],
  look: LookForIds | undefined,
  prove: (bytes: Buffer) => Proven | undefined,
): Promise<Proven | OpowerAnswer> {
  const { plan, bound, call } = input
  const own = chosen(bound.variables, plan.declared)
  const request = look
    ? requestFor(plan, plan.documentWithIds, { ...own, ...idsVariables(bound.urns) })
    : requestFor(plan, plan.document, own)
  const proveOnce = onceFor(prove)
  const body = await call({ ...request, prove: proveOnce })
  const proven = body instanceof HeldResponse ? proveOnce(body.held) : undefined
  if (proven !== undefined) return proven
  const told = readAnswer(body)
  const roots = [...sent.map(({ leg }) => leg.alias), ...(look ? [idsAlias] : [])]
  const answer = isHiccup(told, roots) ? readAnswer(await call(request)) : told
  // One look is one look, however often its answer is read.
  if (look !== undefined && (answer !== told || !look.isLearned)) await learnIds(answer, input)
  return answer
}

/** Opower as one source among others, for joins that lead back to it: a failure is an error of the answer. */
export function throughOpower(call: UpstreamCall, isHazardous: boolean): SourceCall {
  return async (query, variables) => {
    try {
      const lane = isHazardous ? 'slow' : 'quick'
      const { data, errors } = readAnswer(await call({ query, variables, operationName: undefined, lane, isHazardous }))
      return { data, errors: errors.map(sourceError) }
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      return { data: undefined, errors: [{ code: error.code, message: error.message, path: undefined }] }
    }
  }
}

function sourceError(error: unknown): SourceAnswer['errors'][number] {
  const told = translateUpstreamError(error)
  return told.kind === 'fault' ? told : { code: 'UPSTREAM_UNAVAILABLE', message: errorCodes.UPSTREAM_UNAVAILABLE.message, path: undefined }
}

function readAnswer(body: unknown): OpowerAnswer {
  const value = body instanceof HeldResponse ? body.value : body
  const errors = property(value, 'errors')
  return { data: property(value, 'data'), errors: Array.isArray(errors) ? errors : [] }
}

/** Only the variables that a document declares are sent with it; one that was left out stays out. */
export function chosen(variables: Readonly<Record<string, unknown>>, declared: ReadonlySet<string>): Record<string, unknown> {
  const own: Record<string, unknown> = {}
  for (const name of Object.keys(variables)) if (declared.has(name) && variables[name] !== undefined) own[name] = variables[name]
  return own
}
