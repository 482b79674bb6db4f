import type { AccountIds } from '../accounts/account-ids.js'
import { faultAt, GatewayError, refusal } from '../errors.js'
import type { BoundJob } from '../exports/export-legs.js'
import { takeJob } from '../exports/export-legs.js'
import { startOnce } from '../exports/start-once.js'
import { translateUpstreamError } from '../opower/upstream-errors.js'
import type { OpowerAnswer } from './ask-opower.js'
import { askOpower, throughOpower } from './ask-opower.js'
import type { SourcesInput } from './ask-sources.js'
import { askSourceLegs } from './ask-sources.js'
import type { BoundLeg } from './bind.js'
import type { Executed, ExecutionInput } from './execute.js'
import { fillLinks } from './fill-links.js'
import { Findings } from './findings.js'
import type { Candidate } from './proof.js'
import type { AnswerInput } from './shape-answer.js'
import { customerPath, shapeAnswer } from './shape-answer.js'

interface Shaped {
  readonly data: Record<string, unknown>
  readonly findings: Findings
}

/**
 * Executes a plan whose answer is put together from values: first Opower, then what joins it.
 *
 * @param sent the legs that are asked of Opower
 * @param answer Opower's, where it was asked already; throws why there is none
 */
export async function executeByValue(input: ExecutionInput, sent: readonly BoundLeg[], answer?: () => OpowerAnswer): Promise<Executed> {
  const sources = sourcesOf(input)
  const beside = new Findings()
  // What joins Opower's answer does not wait for a source that was asked beside it: a slow one would make both late.
  const fill = async (found: Findings) => fillLinks(found.links, sources, shapingOf(input, found, {}, noIds))
  const askBeside = async () => {
    const answered = await askSourceLegs(sources, shapingOf(input, beside, {}, noIds))
    await fill(beside)
    return answered
  }
  const askAccounts = async () => {
    const shaped = await answerOpower(input, sent, answer)
    await fill(shaped.findings)
    return shaped
  }
  const [own, { data, findings }] = await Promise.all([askBeside(), askAccounts()])
  for (const error of beside.errors) findings.add(error)
  return {
    data: Object.fromEntries(input.plan.roots.map(({ key }) => [key, Object.hasOwn(own, key) ? own[key] : data[key]])),
    errors: findings.errors,
    faults: [...findings.faults, ...beside.faults],
    withheld: findings.toldWith(beside),
    staleMs: [findings, beside].flatMap(each => each.staleMs ?? []).reduce<number | undefined>((a, b) => Math.max(a ?? 0, b), undefined),
  }
}

function sourcesOf({ plan, bound, scope, ids, call, callSource, keptRows }: ExecutionInput): SourcesInput {
  return {
    plan,
    variables: bound.variables,
    // What is known of the accounts grows while the answer comes.
    get candidates(): readonly Candidate[] {
      return scope.grants.map(grant => ({ grant, ids: ids.known(grant.urn) }))
    },
    persons: new Set(scope.customerIds),
    callSource,
    callOpower: isHazardous => throughOpower(call, isHazardous),
    keptRows,
  }
}

async function answerOpower(input: ExecutionInput, sent: readonly BoundLeg[], given?: () => OpowerAnswer): Promise<Shaped> {
  const { plan, bound, ids } = input
  if (sent.length === 0) return shape(input, {}, new Map(), [])
  const asksIds = plan.judgesIds && bound.urns.some(urn => ids.known(urn) === undefined)
  let answer: OpowerAnswer
  try {
    answer = given !== undefined ? given() : await startOnce(bound.jobs, input.jobs, without => askLeft(input, sent, asksIds, without))
  } catch (error) {
    return answerWithout(error, sent, input)
  }
  if (bound.jobs.length > 0) return shapeWithJobs(input, answer)
  const first = shape(input, answer.data, knownIds(input), answer.errors)
  if (asksIds || !first.findings.faults.some(fault => fault.kind !== 'account')) return first
  // An id below a proven account may be newer than what is known of the account; without an answer to that it stays withheld.
  const again = await ids.reload(bound.urns).catch(() => undefined)
  return again === undefined ? first : shape(input, answer.data, again, answer.errors)
}

/** The same operation without the jobs that need not be asked for. */
async function askLeft(
  input: ExecutionInput,
  sent: readonly BoundLeg[],
  asksIds: boolean,
  without: ReadonlySet<BoundJob>,
): Promise<OpowerAnswer> {
  const legs = new Set([...without].map(({ leg }) => leg))
  const left = sent.filter(({ leg }) => !legs.has(leg))
  if (left.length === 0) return { data: {}, errors: [] }
  const excluded = Object.fromEntries([...legs].map(({ includeVariable }) => [includeVariable, false]))
  return askOpower({ ...input, bound: { ...input.bound, variables: { ...input.bound.variables, ...excluded } } }, left, asksIds)
}

/** A job belongs to its owner before its uuid leaves. */
async function shapeWithJobs(input: ExecutionInput, answer: OpowerAnswer): Promise<Shaped> {
  const others: Record<string, unknown> = { ...input.others }
  const taken = await Promise.all(input.bound.jobs.map(async job => ({ job, value: await takeJob(job, answer.data, input.jobs) })))
  for (const { job, value } of taken) others[job.leg.path[0] ?? ''] = value ?? null
  const shaped = shape({ ...input, others }, answer.data, knownIds(input), answer.errors)
  for (const { job, value } of taken) {
    if (value === undefined) shaped.findings.foreign('export-job', job.leg.path)
    if (value === null) shaped.findings.failed('UPSTREAM_UNAVAILABLE', job.leg.path)
  }
  return shaped
}

function knownIds({ bound, ids }: ExecutionInput): ReadonlyMap<string, AccountIds> {
  return new Map(
    bound.urns.flatMap(urn => {
      const known = ids.known(urn)
      return known === undefined ? [] : [[urn, known] as const]
    }),
  )
}

function shape(input: ExecutionInput, data: unknown, ids: ReadonlyMap<string, AccountIds>, upstream: readonly unknown[]): Shaped {
  const findings = new Findings()
  for (const each of upstream) findings.add(translated(each, input, data))
  const answer = shapeAnswer(shapingOf(input, findings, data, ids))
  return { data: answer, findings }
}

const noIds: AnswerInput['ids'] = new Map()

/** Written out: a copy with members more has a shape that no other one has, and each step of shaping would have to learn it anew. */
function shapingOf(input: ExecutionInput, { listeners }: Findings, data: unknown, ids: AnswerInput['ids']): AnswerInput {
  const { access, variables, scopeKey, seal, minGroup, now, shapedPart, plan, bound, login, others } = input
  const { foreign, failed, withheld, linked, stale } = listeners
  return {
    access,
    variables,
    scopeKey,
    seal,
    left: bound.left,
    minGroup,
    now,
    foreign,
    failed,
    withheld,
    linked,
    stale,
    shapedPart,
    plan,
    bound,
    data,
    ids,
    login,
    others,
  }
}

function translated(upstream: unknown, { bound }: ExecutionInput, data: unknown): GatewayError {
  const error = translateUpstreamError(upstream)
  const path = error.kind === 'fault' && error.path !== undefined ? customerPath(error.path, bound, data) : []
  const place = path.length > 0 ? path : (bound.legs[0]?.leg.path ?? [])
  return error.kind === 'token' ? faultAt(place, 'UPSTREAM_UNAVAILABLE') : faultAt(place, error.code, { message: error.message })
}

/** The call failed: with nothing else to answer it is the request's failure, otherwise the failure of its places. */
function answerWithout(error: unknown, sent: readonly BoundLeg[], input: ExecutionInput): Shaped {
  if (!(error instanceof GatewayError)) throw error
  const isAll = input.plan.roots.every(root => sent.some(({ leg }) => leg.path.length === 1 && leg.path[0] === root.key))
  if (isAll) throw refusedFor(error)
  const findings = new Findings()
  for (const { leg } of sent)
    findings.add(faultAt(leg.path, error.code, { message: error.message, cause: error, extensions: waitOf(error) }))
  const data = shapeAnswer(shapingOf(input, findings, {}, noIds))
  return { data, findings }
}

/** The refusal of a whole request for want of its source, with the HTTP status of its code. */
export function refusedFor(error: GatewayError): GatewayError {
  return refusal(error.code, {
    message: error.message,
    cause: error.reason ?? error,
    headers: headersOf(error),
    extensions: waitOf(error),
  })
}

/** When a call may be spent again, for the client to act on. */
function waitOf({ extensions }: GatewayError): Record<string, unknown> {
  const seconds = extensions['retryAfterSeconds']
  return typeof seconds === 'number' ? { retryAfterSeconds: seconds } : {}
}

function headersOf(error: GatewayError): Record<string, string> {
  const seconds = error.extensions['retryAfterSeconds']
  return typeof seconds === 'number' ? { 'retry-after': String(seconds) } : {}
}
