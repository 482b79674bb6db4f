import type { AccountIdSource } from '../accounts/account-ids.js'
import type { Scope } from '../accounts/scope.js'
import { digest } from '../accounts/scope.js'
import { refusal } from '../errors.js'
import type { Variables } from '../plan/argument-values.js'
import { canonicalJson, valueNamed } from '../plan/argument-values.js'
import type { Leg } from '../plan/plan.js'
import { property } from '../plan/shape-value.js'
import type { Subject } from '../session/session.js'
import { subjectKey } from '../session/session.js'
import { scopeExport } from './export-input.js'
import type { JobOwner, JobRegister } from './job-register.js'
import { isOwn } from './job-register.js'
import { jobField, shapeJob } from './shape-job.js'
import type { StartRequest } from './start-register.js'

export interface ExportLegRequest {
  readonly subject: Subject
  readonly scope: Scope
  readonly variables: Variables
  readonly ids: AccountIdSource
  readonly jobs: JobRegister
  readonly now: number
  /** The header `Idempotency-Key`; undefined where none came. */
  readonly idempotencyKey?: string | undefined
}

/** A job that may be started or asked for, with what is sent for it. */
export interface BoundJob {
  readonly leg: Leg
  readonly owner: JobOwner
  /** The value of the leg's one variable. */
  readonly value: unknown
  /** What makes it the same export as another one; undefined where none is started. */
  readonly start?: StartRequest
}

/**
 * Wall one for jobs: an input is rewritten to the scope, and a job is asked for only by the person who started it,
 * while every account of it is still theirs.
 *
 * @throws GatewayError `ACCOUNT_NOT_IN_SCOPE`, `RANGE_NOT_AVAILABLE`, `BAD_REQUEST` for an `Idempotency-Key` that is none
 */
export async function bindJob(leg: Leg, request: ExportLegRequest): Promise<BoundJob> {
  if (leg.rule === 'export-start') {
    const given = valueNamed(leg.arguments, 'usageExportFileConfigurationInput', request.variables)
    const { input, urns } = await scopeExport(given, request)
    return { leg, value: input, owner: { subject: request.subject, urns }, start: startOf(leg, given, request) }
  }
  const uuid = valueNamed(leg.arguments, 'jobUuid', request.variables)
  const owner = typeof uuid === 'string' ? await request.jobs.find(uuid, request.subject) : undefined
  if (owner === undefined || !isOwn(owner, request.subject, request.scope)) throw refusal('ACCOUNT_NOT_IN_SCOPE')
  return { leg, value: uuid, owner }
}

/** What the customer wrote, not what is sent: a time that ends now is another one a moment later. */
function startOf(leg: Leg, given: unknown, { subject, scope, idempotencyKey }: ExportLegRequest): StartRequest {
  if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) {
    throw refusal('BAD_REQUEST', { message: 'An Idempotency-Key is 1 to 255 visible ASCII characters.' })
  }
  const person = subjectKey(subject)
  return {
    request: digest(['request', person, scope.key, canonicalJson(given ?? null)]),
    key: idempotencyKey === undefined ? undefined : digest(['key', person, idempotencyKey, ...leg.path]),
  }
}

/**
 * Wall two for jobs: a started job is bound to its owner before its uuid is told, an answer about another job than
 * the one asked for is nobody's, and the link to the file is kept here. Undefined for an answer that is not the job's.
 */
export async function takeJob(
  { leg, owner, value }: BoundJob,
  data: unknown,
  jobs: JobRegister,
): Promise<Record<string, unknown> | null | undefined> {
  const raw = property(data, leg.alias)
  if (raw === null || raw === undefined) return null
  const uuid = jobField(raw, 'uuid')
  if (uuid === undefined || (leg.rule === 'export-job' && uuid !== value)) return undefined
  if (leg.rule === 'export-start') await jobs.add(uuid, owner)
  const link = jobField(raw, 'result')
  const address = link === undefined ? null : `/files/${await jobs.offer({ ...owner, link })}`
  return shapeJob(leg, raw, address)
}
