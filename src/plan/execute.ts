import type { AccountIds, AccountIdSource } from '../accounts/account-ids.js'
import type { Scope } from '../accounts/scope.js'
import type { BoundJob } from '../exports/export-legs.js'
import { takeJob } from '../exports/export-legs.js'
import type { JobRegister } from '../exports/job-register.js'
import { startOnce } from '../exports/start-once.js'
import { faultAt, GatewayError, refusal } from '../errors.js'
import type { Prove } from '../opower/held-response.js'
import { translateUpstreamError } from '../opower/upstream-errors.js'
import type { SourceAccess } from './access-rules.js'
import type { OpowerAnswer } from './ask-opower.js'
import { askOpower, throughOpower } from './ask-opower.js'
import type { ProvenBytes } from './bytes/ask-bytes.js'
import { askBytes } from './bytes/ask-bytes.js'
import { dataIn } from './bytes/proven-answer.js'
import type { ProvenSeries } from './bytes/series-bytes.js'
import type { SourceCall, SourcesInput } from './ask-sources.js'
import { askSourceLegs } from './ask-sources.js'
import type { Variables } from './argument-values.js'
import type { BoundLeg, BoundOperation } from './bind.js'
import type { CursorSeal } from './cursors.js'
import type { GuardFault, Withheld } from './findings.js'
import { Findings } from './findings.js'
import type { Row } from './fill-links.js'
import { fillLinks } from './fill-links.js'
import type { KeptRows } from './kept-rows.js'
import type { OperationPlan } from './plan.js'
import { isJobLeg } from './plan.js'
import { customerPath, shapeAnswer } from './shape-answer.js'
import { executeInWindows } from '../windows/execute-in-windows.js'
import type { Candidate } from './proof.js'
import type { Shaping } from './shape-value.js'

/**
 * One GraphQL request to the source. Its answer's body comes back as parsed, or, where the request could prove it, as a `HeldResponse`;
 * whatever else happens is a `GatewayError`.
 */
export type UpstreamCall = (request: UpstreamRequest) => Promise<unknown>

export interface UpstreamRequest {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName: string | undefined
  /** A query that may go with others of its scope, and which of them it should not hold up; undefined for what goes alone. */
  readonly lane?: 'quick' | 'slow' | undefined
  /** Must not stand in one document with its like. */
  readonly isHazardous?: boolean
  /** Whoever asks will ask again with what this tells. */
  readonly leadsOn?: boolean
  /** Aborted when nobody waits for the answer any longer. */
  readonly signal?: AbortSignal | undefined
  /** Proves the answer by its bytes, where they can be used as they are. */
  readonly prove?: Prove | undefined
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
  readonly callSource: SourceCall
  /** What joins got before, of this very scope; for joins that may use it when their source fails. */
  readonly keptRows?: KeptRows<Row>
  readonly scope: Pick<Scope, 'grants' | 'customerIds'>
  /** Values of roots that are not accounts, by response key. */
  readonly others: Readonly<Record<string, unknown>>
  /** Milliseconds since the epoch. @default the machine's */
  readonly now?: number
  /** How many people must stand behind a figure about a group. @default 10 */
  readonly minGroup?: number
  /** Hears of every part of a series that is shaped. */
  readonly shapedPart?: Shaping['shapedPart']
  /** Hears of the series of an answer that was proven by its bytes: in place of `shapedPart`, which then hears nothing. */
  readonly provenSeries?: (series: readonly ProvenSeries[], around: () => Record<string, unknown>) => void
}

export type { GuardFault, Withheld }

export interface Executed {
  readonly data: Record<string, unknown>
  readonly errors: readonly GatewayError[]
  readonly faults: readonly GuardFault[]
  readonly withheld: Withheld
  /** The age of the oldest rows that stand in for a source that failed, milliseconds. */
  readonly staleMs?: number | undefined
  /** Where the bytes of the upstream's answer proved themselves: the answer as JSON, `{"data":...}`. */
  readonly body?: Buffer
}

interface Shaped {
  readonly data: Record<string, unknown>
  readonly findings: Findings
}

/**
 * Sends what wall one let through, and lets out what wall two can prove: first Opower, then what joins it.
 *
 * @throws GatewayError with the HTTP status of its code when no part of the operation could be answered.
 */
export async function executePlan(input: ExecutionInput): Promise<Executed> {
  return executeInWindows(input, executeAtOnce)
}

async function executeAtOnce(input: ExecutionInput): Promise<Executed> {
  const asked = await askBytes(input, sentLegs(input))
  if (asked?.proven === undefined) return executeByValue(input, asked?.answer)
  const { body, series } = asked.proven
  if (series !== undefined) input.provenSeries?.(series.series(body), () => series.around(body))
  return executedAs(asked.proven)
}

function executedAs({ body, findings }: ProvenBytes): Executed {
  return {
    body,
    get data() {
      return dataIn(body)
    },
    errors: [],
    faults: [],
    withheld: findings.toldWith(findings),
  }
}

/** @param answer Opower's, where it was asked already; throws why there is none */
async function executeByValue(input: ExecutionInput, answer?: () => OpowerAnswer): Promise<Executed> {
  const sources = sourcesOf(input)
  const beside = new Findings()
  const shaping = { ...input, left: input.bound.left }
  // What joins Opower's answer does not wait for a source that was asked beside it: a slow one would make both late.
  const fill = async (found: Findings) => fillLinks(found.links, sources, { ...shaping, ...found.listeners })
  const askBeside = async () => {
    const answered = await askSourceLegs(sources, { ...shaping, ...beside.listeners })
    await fill(beside)
    return answered
  }
  const askAccounts = async () => {
    const shaped = await answerOpower(input, answer)
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

function sentLegs({ bound }: ExecutionInput): readonly BoundLeg[] {
  return bound.legs.filter(({ leg, page }) => isJobLeg(leg) || (leg.nodes.length > 0 && page.grants.length > 0))
}

async function answerOpower(input: ExecutionInput, given?: () => OpowerAnswer): Promise<Shaped> {
  const { plan, bound, ids } = input
  const sent = sentLegs(input)
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
  const answer = shapeAnswer({ ...input, ...findings.listeners, data, ids, left: input.bound.left })
  return { data: answer, findings }
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
  const data = shapeAnswer({ ...input, ...findings.listeners, data: {}, ids: new Map(), left: input.bound.left })
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
