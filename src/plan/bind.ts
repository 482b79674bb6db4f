import type { AccountIds } from '../accounts/account-ids.js'
import type { Grant } from '../accounts/grant.js'
import { assertMayWrite, mayWrite } from '../accounts/role-rules.js'
import { refusal } from '../errors.js'
import type { BoundJob } from '../exports/export-legs.js'
import { bindJob } from '../exports/export-legs.js'
import type { JobRegister } from '../exports/job-register.js'
import type { Subject } from '../session/session.js'
import type { SourceAccess } from './access-rules.js'
import { valueNamed } from './argument-values.js'
import type { Bounds } from './bind-argument.js'
import { asksIds, bindArgument } from './bind-argument.js'
import type { ChoosingRequest } from './choose-accounts.js'
import { assertOwnAccounts, chooseAccounts, chooseKnown } from './choose-accounts.js'
import type { CursorPlace, CursorSeal } from './cursors.js'
import type { Page } from './page.js'
import { pageOf } from './page.js'
import type { Binding, Leg, OperationPlan, PlannedField } from './plan.js'
import { isJobLeg } from './plan.js'
import { mostRanges } from './series.js'

export interface BindRequest extends ChoosingRequest {
  readonly subject: Subject
  readonly jobs: JobRegister
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly access: SourceAccess
  readonly seal: CursorSeal
  /** The most accounts of one page. */
  readonly pageSize: number
  /** The header `Idempotency-Key`; undefined where none came. */
  readonly idempotencyKey?: string | undefined
}

export interface BoundLeg {
  readonly leg: Leg
  readonly page: Page
  readonly place: CursorPlace
}

/** A plan with one request's values: what may be sent, and nothing else. */
export interface BoundOperation {
  readonly legs: readonly BoundLeg[]
  readonly jobs: readonly BoundJob[]
  /** Values for every variable of the upstream documents; each is sent only what it declares. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Fields that are answered without asking: their selector names nothing that is the customer's own. */
  readonly left: ReadonlySet<string>
  /** The accounts that are asked for. */
  readonly urns: readonly string[]
}

/**
 * Wall one. Every selector is checked against the scope or filled from it; nothing foreign gets a variable.
 *
 * @throws GatewayError `ACCOUNT_NOT_IN_SCOPE` for any id or cursor that is not the customer's own, and
 * `RANGE_NOT_AVAILABLE` for an interval that cannot be read or is longer than the source answers, in several calls where
 * the plan allows them.
 */
export async function bindOperation(plan: OperationPlan, request: BindRequest): Promise<BoundOperation> {
  assertOwnAccounts(plan.legs, request)
  if (plan.operation === 'mutation') assertMayWrite(request.scope.grants)
  const accounts = knownAccounts(plan.legs, request) ?? (await Promise.all(plan.legs.map(leg => accountsFor(leg, request))))
  const legs = plan.legs.map((leg, index) => bindLeg(leg, accounts[index] ?? noGrants, request))
  const jobs = plan.legs.some(isJobLeg) ? await Promise.all(plan.legs.filter(isJobLeg).map(leg => bindJob(leg, request))) : []
  const urns = urnsOf(plan, legs, request)
  const known = plan.bindings.some(binding => asksIds(binding, request)) ? await request.ids.load(urns) : noIds
  const variables = valuesOf(legs, jobs, request)
  const left = new Set<string>()
  for (const binding of plan.bindings) {
    const { value, send } = bindArgument(binding, request, boundsOf(binding, plan, legs, request, known))
    variables[binding.variable] = value
    if (!send) left.add(binding.includeVariable)
    variables[binding.includeVariable] = !left.has(binding.includeVariable)
  }
  return { legs, jobs, variables, left, urns }
}

const noIds: ReadonlyMap<string, AccountIds> = new Map()

/** The accounts of each leg where nobody must be asked for ids, as nearly always; undefined where somebody must be. */
function knownAccounts(legs: readonly Leg[], request: BindRequest): readonly (readonly Grant[])[] | undefined {
  const all: (readonly Grant[])[] = []
  for (const leg of legs) {
    const accounts = isJobLeg(leg) ? noGrants : chooseKnown(leg, request)
    if (accounts === undefined) return undefined
    all.push(accounts)
  }
  return all
}

async function accountsFor(leg: Leg, request: BindRequest): Promise<readonly Grant[]> {
  return isJobLeg(leg) ? noGrants : chooseAccounts(leg, request)
}

const noGrants: readonly Grant[] = []

/** The accounts that an operation is about, each once. */
function urnsOf(plan: OperationPlan, legs: readonly BoundLeg[], { scope }: BindRequest): readonly string[] {
  const urns = new Set<string>()
  for (const { leg, page } of legs) if (leg.nodes.length > 0) for (const { urn } of page.grants) urns.add(urn)
  if (isAboutAll(plan)) for (const { urn } of scope.grants) urns.add(urn)
  return [...urns]
}

function isAboutAll({ leadsToAccounts, sourceLegs, bindings }: OperationPlan): boolean {
  return leadsToAccounts || sourceLegs.some(({ field }) => isAboutCustomers(field)) || bindings.some(isAboutScope)
}

function isAboutCustomers(field: PlannedField): boolean {
  return field.witness !== undefined || field.children.some(isAboutCustomers)
}

function isAboutScope({ leg }: Binding): boolean {
  return leg < 0
}

/** What the customer gave, and with it what each leg is about. */
function valuesOf(legs: readonly BoundLeg[], jobs: readonly BoundJob[], request: BindRequest): Record<string, unknown> {
  const variables: Record<string, unknown> = {}
  // One after another: each member that is added to a copy gives it a shape that no other object has.
  for (const name of Object.keys(request.variables)) variables[name] = request.variables[name]
  for (const { leg, page } of legs) {
    variables[leg.valueVariable] = page.grants.map(grant => grant.urn)
    variables[leg.firstVariable] = page.grants.length
    variables[leg.includeVariable] = page.grants.length > 0
  }
  for (const { leg, value } of jobs) {
    variables[leg.valueVariable] = value
    variables[leg.includeVariable] = true
  }
  return variables
}

function boundsOf(
  binding: Binding,
  { operation, series }: OperationPlan,
  legs: readonly BoundLeg[],
  { scope }: BindRequest,
  known: ReadonlyMap<string, AccountIds>,
): Bounds {
  const about = isAboutScope(binding) ? scope.grants : (legs[binding.leg]?.page.grants ?? noGrants)
  const isSeries = series?.fields.some(({ interval }) => interval === binding) === true
  return { grants: operation === 'mutation' ? about.filter(mayWrite) : about, known, ranges: isSeries ? mostRanges : 1 }
}

function bindLeg(leg: Leg, accounts: readonly Grant[], request: BindRequest): BoundLeg {
  const { variables, scope, seal, pageSize } = request
  const place: CursorPlace = {
    coordinate: `${leg.selected.parent}.${leg.selected.name}`,
    parent: '',
    arguments: JSON.stringify(accounts.map(grant => grant.urn)),
    scopeKey: scope.key,
  }
  const value = (name: string): unknown => valueNamed(leg.arguments, name, variables)
  const position = (name: string): number | undefined => rootPosition(value(name), accounts, place, seal)
  const asked = { first: value('first'), last: value('last'), after: position('after'), before: position('before') }
  return { leg, page: pageOf(accounts, asked, pageSize), place }
}

function rootPosition(value: unknown, accounts: readonly Grant[], place: CursorPlace, seal: CursorSeal): number | undefined {
  if (typeof value !== 'string') return undefined
  const urn = seal.open(place, value)
  const position = accounts.findIndex(grant => grant.urn === urn)
  if (position < 0) throw refusal('ACCOUNT_NOT_IN_SCOPE')
  return position
}
