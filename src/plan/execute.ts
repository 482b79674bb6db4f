import type { AccountIds, AccountIdSource } from '../accounts/account-ids.js'
import { takeJob } from '../exports/export-legs.js'
import type { JobRegister } from '../exports/job-register.js'
import { faultAt, GatewayError, refusal } from '../errors.js'
import { readAccountIds } from '../opower/account-ids.js'
import { translateUpstreamError } from '../opower/upstream-errors.js'
import type { IdKind, SourceAccess } from './access-rules.js'
import type { Variables } from './argument-values.js'
import type { BoundLeg, BoundOperation } from './bind.js'
import type { CursorSeal } from './cursors.js'
import { mergeAnswers } from './merge-answers.js'
import type { OperationPlan } from './plan.js'
import { isJobLeg } from './plan.js'
import { customerPath, shapeAnswer } from './shape-answer.js'
import type { Path } from './shape-value.js'
import { property } from './shape-value.js'
import { idsAlias, idsVariables } from './upstream-document.js'

/** One GraphQL request to the source. Its answer's body comes back as parsed; whatever else happens is a `GatewayError`. */
export type UpstreamCall = (request: UpstreamRequest) => Promise<unknown>

export interface UpstreamRequest {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName: string | undefined
}

export interface ExecutionInput {
  readonly plan: OperationPlan
  readonly bound: BoundOperation
  readonly access: SourceAccess
  readonly variables: Variables
  readonly scopeKey: string
  readonly login: string
  readonly seal: CursorSeal
  readonly ids: AccountIdSource
  readonly jobs: JobRegister
  readonly call: UpstreamCall
  /** Values of roots that are not accounts, by response key. */
  readonly others: Readonly<Record<string, unknown>>
}

/** Something in an upstream's answer that was not the customer's. It never left; the operator must know. */
export interface GuardFault {
  readonly kind: IdKind
  readonly path: Path
}

export interface Executed {
  readonly data: Record<string, unknown>
  readonly errors: readonly GatewayError[]
  readonly faults: readonly GuardFault[]
}

/**
 * Sends what wall one let through, and lets out what wall two can prove.
 *
 * @throws GatewayError with the HTTP status of its code when no part of the operation could be answered.
 */
export async function executePlan(input: ExecutionInput): Promise<Executed> {
  const { plan, bound, ids } = input
  const sent = bound.legs.filter(({ leg, page }) => isJobLeg(leg) || (leg.nodes.length > 0 && page.grants.length > 0))
  if (sent.length === 0) return shape(input, {}, new Map(), [])
  const asksIds = plan.judgesIds && bound.urns.some(urn => ids.known(urn) === undefined)
  let answer: Answer
  try {
    answer = await ask(input, sent, asksIds)
  } catch (error) {
    return answerWithout(error, sent, input)
  }
  const known = knownIds(input)
  if (bound.jobs.length > 0) return shapeWithJobs(input, answer, known)
  const first = shape(input, answer.data, known, answer.errors)
  if (asksIds || !first.faults.some(isMaybeNew)) return first
  // An id below a proven account may be newer than what is known of the account.
  return shape(input, answer.data, await ids.reload(bound.urns), answer.errors)
}

interface Answer {
  readonly data: unknown
  readonly errors: readonly unknown[]
}

/** The main document, and beside it what must not be asked in one request with its like. */
async function ask(input: ExecutionInput, sent: readonly BoundLeg[], asksIds: boolean): Promise<Answer> {
  const apart = input.plan.apart.map(each => askOnce(input, each.document, chosen(input.bound.variables, each.declared), () => false))
  const [main, ...branches] = await Promise.all([askMain(input, sent, asksIds), ...apart])
  const data = branches.reduce((whole, branch) => mergeAnswers(whole, branch.data, input.plan.legs), main.data)
  return { data, errors: [main, ...branches].flatMap(each => each.errors) }
}

async function askMain(input: ExecutionInput, sent: readonly BoundLeg[], asksIds: boolean): Promise<Answer> {
  const { plan, bound, ids } = input
  const own = chosen(bound.variables, plan.declared)
  const aliases = [...sent.map(({ leg }) => leg.alias), ...(asksIds ? [idsAlias] : [])]
  const isHiccup = ({ data, errors }: Answer): boolean => errors.length === 0 && aliases.some(alias => property(data, alias) == null)
  if (!asksIds) return askOnce(input, plan.document, own, isHiccup)
  const answer = await askOnce(input, plan.documentWithIds, { ...own, ...idsVariables(bound.urns) }, isHiccup)
  const learned = readAccountIds(property(answer.data, idsAlias))
  if (learned.size === 0 && !isNothing(answer.data)) throw refusal('UPSTREAM_UNAVAILABLE')
  ids.learn(learned)
  return answer
}

/** A root that is null without any error is a hiccup and no answer (Opower facts: errors and partial data): asked once more. */
async function askOnce(
  { plan, call }: ExecutionInput,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  isHiccup: (answer: Answer) => boolean,
): Promise<Answer> {
  const request = { query, variables, operationName: plan.operationName }
  const answer = readAnswer(await call(request))
  return plan.operation === 'query' && isHiccup(answer) ? readAnswer(await call(request)) : answer
}

/** Only the variables that a document declares are sent with it; one that was left out stays out. */
function chosen(variables: Readonly<Record<string, unknown>>, declared: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(variables).filter(([name, value]) => declared.has(name) && value !== undefined))
}

/** A job belongs to its owner before its uuid leaves. */
async function shapeWithJobs(input: ExecutionInput, answer: Answer, ids: ReadonlyMap<string, AccountIds>): Promise<Executed> {
  const others: Record<string, unknown> = { ...input.others }
  const strangers: Path[] = []
  const silent: Path[] = []
  for (const job of input.bound.jobs) {
    const [key = ''] = job.leg.path
    const taken = await takeJob(job, answer.data, input.jobs)
    others[key] = taken ?? null
    if (taken === undefined) strangers.push(job.leg.path)
    if (taken === null && answer.errors.length === 0) silent.push(job.leg.path)
  }
  const shaped = shape({ ...input, others }, answer.data, ids, answer.errors)
  return {
    data: shaped.data,
    errors: [
      ...shaped.errors,
      ...strangers.map(path => faultAt(path, 'INTERNAL')),
      ...silent.map(path => faultAt(path, 'UPSTREAM_UNAVAILABLE')),
    ],
    faults: [...shaped.faults, ...strangers.map(path => ({ kind: 'export-job' as const, path }))],
  }
}

function readAnswer(body: unknown): Answer {
  const errors = property(body, 'errors')
  return { data: property(body, 'data'), errors: Array.isArray(errors) ? errors : [] }
}

function isNothing(data: unknown): boolean {
  return data === null || data === undefined
}

function isMaybeNew(fault: GuardFault): boolean {
  return fault.kind !== 'account'
}

function knownIds({ bound, ids }: ExecutionInput): ReadonlyMap<string, AccountIds> {
  return new Map(
    bound.urns.flatMap(urn => {
      const known = ids.known(urn)
      return known === undefined ? [] : [[urn, known] as const]
    }),
  )
}

function shape(input: ExecutionInput, data: unknown, ids: ReadonlyMap<string, AccountIds>, upstream: readonly unknown[]): Executed {
  const faults: GuardFault[] = []
  const errors = new ErrorList()
  for (const each of upstream) errors.add(translated(each, input, data))
  const answer = shapeAnswer({
    ...input,
    data,
    ids,
    left: input.bound.left,
    foreign(kind, path) {
      faults.push({ kind, path })
      errors.add(faultAt(path, 'INTERNAL'))
    },
    failed: (code, path) => errors.add(faultAt(path, code)),
  })
  return { data: answer, errors: errors.all, faults }
}

function translated(upstream: unknown, { bound }: ExecutionInput, data: unknown): GatewayError {
  const error = translateUpstreamError(upstream)
  const path = error.kind === 'fault' && error.path !== undefined ? customerPath(error.path, bound, data) : []
  const place = path.length > 0 ? path : (bound.legs[0]?.leg.path ?? [])
  return error.kind === 'token' ? faultAt(place, 'UPSTREAM_UNAVAILABLE') : faultAt(place, error.code, { message: error.message })
}

/** One error for each code and place: what is told by the upstream is not told again for the null it left. */
class ErrorList {
  readonly all: GatewayError[] = []
  private readonly places = new Set<string>()

  add(error: GatewayError): void {
    const place = JSON.stringify(error.path)
    if (this.places.has(place)) return
    this.places.add(place)
    this.all.push(error)
  }
}

/** The call failed: with nothing else to answer it is the request's failure, otherwise the failure of its places. */
function answerWithout(error: unknown, sent: readonly BoundLeg[], input: ExecutionInput): Executed {
  if (!(error instanceof GatewayError)) throw error
  const isAll = input.plan.roots.every(root => sent.some(({ leg }) => leg.path.length === 1 && leg.path[0] === root.key))
  if (isAll) throw refusal(error.code, { message: error.message, cause: error.reason ?? error, headers: headersOf(error) })
  const failed = new Map<string, GatewayError>(
    sent.map(({ leg }) => [leg.alias, faultAt(leg.path, error.code, { message: error.message, cause: error })]),
  )
  const shaped = shape(input, {}, new Map(), [])
  const others = shaped.errors.filter(each => ![...failed.values()].some(fault => samePlace(fault, each)))
  return { data: shaped.data, errors: [...failed.values(), ...others], faults: [] }
}

function samePlace(a: GatewayError, b: GatewayError): boolean {
  return JSON.stringify(a.path) === JSON.stringify(b.path)
}

function headersOf(error: GatewayError): Record<string, string> {
  const seconds = error.extensions['retryAfterSeconds']
  return typeof seconds === 'number' ? { 'retry-after': String(seconds) } : {}
}
