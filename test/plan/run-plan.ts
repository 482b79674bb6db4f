import type { AccountIds } from '../../src/accounts/account-ids.js'
import type { Grant } from '../../src/accounts/grant.js'
import { createScope } from '../../src/accounts/scope.js'
import { createJobRegister } from '../../src/exports/job-register.js'
import { createAccountIdCache } from '../../src/opower/account-id-source.js'
import { opowerAccess } from '../../src/opower/access.js'
import type { BoundOperation } from '../../src/plan/bind.js'
import { bindOperation } from '../../src/plan/bind.js'
import type { CursorSeal } from '../../src/plan/cursors.js'
import { createCursorSeal } from '../../src/plan/cursors.js'
import type { Executed, UpstreamRequest } from '../../src/plan/execute.js'
import { executePlan } from '../../src/plan/execute.js'
import type { SourceAccess } from '../../src/plan/access-rules.js'
import type { SourceCall } from '../../src/plan/ask-sources.js'
import type { Row } from '../../src/plan/fill-links.js'
import type { KeptRows } from '../../src/plan/kept-rows.js'
import type { PlannedOperation } from '../../src/plan/plan-cache.js'
import { always } from '../../src/plan/interval.js'
import type { Session } from '../../src/session/session.js'
import { planOf } from './customer-graph.js'

export const ownUrn = 'urn:opower:v1:account:nved:uuid:00000000-0000-11ee-8a7b-000000000001'
export const foreignUrn = 'urn:opower:v1:account:nved:uuid:00000000-0000-11ee-8a7b-000000000002'
export const now = Date.parse('2026-11-10T17:00:00Z')

export const session: Session = {
  subject: { issuer: 'https://issuer.example', sub: 'customer-1' },
  login: 'somebody',
  utilityCode: 'nved',
  expiresAt: now / 1000 + 3600,
  claims: {},
}

/** One agreement, one point and one premise, held since ever. */
export const ownIds: AccountIds = {
  urn: ownUrn,
  utilityId: '1',
  accountNumber: '1',
  customers: new Set(['customer']),
  agreements: new Map([['agreement', new Set(['point'])]]),
  points: new Map([['point', [always]]]),
  premises: new Map([['premise', [always]]]),
  isCertain: true,
}

export interface PlanRun {
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
  /** @default one account, held without bounds */
  readonly grants?: readonly Grant[]
  /** What is known of the accounts; null for nothing. @default ids of one account */
  readonly ids?: AccountIds | null
  /** What the upstream answers, one call after the other, or what makes the answer; the last one again and again. */
  readonly answers?: readonly unknown[]
  readonly selectedEntities?: string
  readonly customerIds?: readonly string[]
  /** Ids of further accounts. */
  readonly alsoKnown?: readonly AccountIds[]
  /** For cursors of an earlier run. @default of its own */
  readonly seal?: CursorSeal
  /** @default Opower's rules, and a plan made by them */
  readonly access?: SourceAccess
  readonly planOf?: () => PlannedOperation
  /** The utility's own sources. @default they answer nothing */
  readonly callSource?: SourceCall
  readonly keptRows?: KeptRows<Row>
}

export interface PlanRunResult extends Executed {
  readonly calls: readonly UpstreamRequest[]
}

/** Both walls in turn, before an upstream that answers by hand. */
export async function runPlan(run: PlanRun): Promise<PlanRunResult> {
  const { planned, request, calls } = prepare(run)
  const bound = await bindOperation(planned.plan, request)
  return Object.assign(await executePlan({ ...request, ...planned, bound }), { calls })
}

/** The first wall alone. */
export async function bindPlan(run: PlanRun): Promise<BoundOperation & { readonly calls: readonly UpstreamRequest[] }> {
  const { planned, request, calls } = prepare(run)
  return { ...(await bindOperation(planned.plan, request)), calls }
}

export function prepare(run: PlanRun) {
  const { query, variables, operationName, grants, ids, answers = [], selectedEntities, keptRows, customerIds = [] } = run
  const planned = run.planOf?.() ?? planOf(query, variables, operationName)
  const scope = createScope(session, { grants: grants ?? [{ urn: ownUrn, role: 'holder' }], version: '1', customerIds }, now)
  const calls: UpstreamRequest[] = []
  const call = async (request: UpstreamRequest): Promise<unknown> => {
    calls.push(request)
    const answer = answers[Math.min(calls.length, answers.length) - 1]
    return typeof answer === 'function' ? answer() : answer
  }
  // Known ids are old enough to be asked for anew.
  const source = createAccountIdCache({ reloadAfterMs: 0, accounts: 20 }).through(call, scope.grants)
  if (ids !== null) source.learn(new Map([[ownUrn, ids ?? ownIds]]))
  source.learn(new Map((run.alsoKnown ?? []).map(each => [each.urn, each])))
  const request = {
    ...planned,
    scope,
    scopeKey: scope.key,
    session,
    subject: session.subject,
    login: session.login,
    jobs: createJobRegister(),
    now,
    ids: source,
    access: run.access ?? opowerAccess,
    seal: run.seal ?? createCursorSeal(),
    pageSize: 100,
    selectedEntities,
    call,
    callSource: run.callSource ?? (async () => ({ data: {}, errors: [] })),
    ...(keptRows === undefined ? {} : { keptRows }),
    others: {},
  }
  return { planned, request, calls }
}
