import { getNamedType } from 'graphql'
import type { AccountIds } from '../accounts/account-ids.js'
import type { Grant } from '../accounts/grant.js'
import { grantPeriod } from '../accounts/grant-period.js'
import { assertMayWrite, mayWrite } from '../accounts/role-rules.js'
import { refusal } from '../errors.js'
import type { BoundJob } from '../exports/export-legs.js'
import { bindJob } from '../exports/export-legs.js'
import type { JobRegister } from '../exports/job-register.js'
import type { Subject } from '../session/session.js'
import type { ArgumentRule, IdRule, RangeCap, SourceAccess } from './access-rules.js'
import { canonicalArguments, valueNamed, valueOf } from './argument-values.js'
import type { ChoosingRequest } from './choose-accounts.js'
import { assertOwnAccounts, chooseAccounts } from './choose-accounts.js'
import type { CursorPlace, CursorSeal } from './cursors.js'
import { openPlaced } from './cursors.js'
import type { Occupancy, Period } from './interval.js'
import { hullWithin, intersect, isInsideAny, narrowInterval, readInterval } from './interval.js'
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
  const legs = await Promise.all(plan.legs.map(leg => bindLeg(leg, request)))
  const jobs = await Promise.all(plan.legs.filter(isJobLeg).map(leg => bindJob(leg, request)))
  const ofLegs = legs.flatMap(({ leg, page }) => (leg.nodes.length === 0 ? [] : page.grants))
  const isAboutAll = plan.leadsToAccounts || plan.sourceLegs.some(leg => isAboutCustomers(leg.field)) || plan.bindings.some(isAboutScope)
  const ofScope = isAboutAll ? request.scope.grants : []
  const urns = [...new Set([...ofLegs, ...ofScope].map(grant => grant.urn))]
  const known = plan.bindings.some(binding => asksIds(binding, request)) ? await request.ids.load(urns) : new Map<string, AccountIds>()
  const variables: Record<string, unknown> = { ...request.variables }
  for (const { leg, page } of legs) {
    variables[leg.valueVariable] = page.grants.map(grant => grant.urn)
    variables[leg.firstVariable] = page.grants.length
    variables[leg.includeVariable] = page.grants.length > 0
  }
  for (const { leg, value } of jobs) {
    variables[leg.valueVariable] = value
    variables[leg.includeVariable] = true
  }
  const left = new Set<string>()
  for (const binding of plan.bindings) {
    const about = isAboutScope(binding) ? request.scope.grants : (legs[binding.leg]?.page.grants ?? [])
    const grants = plan.operation === 'mutation' ? about.filter(mayWrite) : about
    const ranges = plan.series?.fields.some(({ interval }) => interval === binding) === true ? mostRanges : 1
    const bound = bindArgument(binding, { ...request, grants, known, ranges })
    variables[binding.variable] = bound.value
    if (!bound.send) left.add(binding.includeVariable)
    variables[binding.includeVariable] = !left.has(binding.includeVariable)
  }
  return { legs, jobs, variables, left, urns }
}

async function bindLeg(leg: Leg, request: BindRequest): Promise<BoundLeg> {
  const accounts = isJobLeg(leg) ? [] : await chooseAccounts(leg, request)
  const place: CursorPlace = {
    coordinate: `${leg.selected.parent}.${leg.selected.name}`,
    parent: '',
    arguments: JSON.stringify(accounts.map(grant => grant.urn)),
    scopeKey: request.scope.key,
  }
  const position = (name: string): number | undefined =>
    rootPosition(valueNamed(leg.arguments, name, request.variables), accounts, place, request.seal)
  const value = (name: string): unknown => valueNamed(leg.arguments, name, request.variables)
  const page = pageOf(
    accounts,
    { first: value('first'), last: value('last'), after: position('after'), before: position('before') },
    request.pageSize,
  )
  return { leg, page, place }
}

function rootPosition(value: unknown, accounts: readonly Grant[], place: CursorPlace, seal: CursorSeal): number | undefined {
  if (typeof value !== 'string') return undefined
  const urn = seal.open(place, value)
  const position = accounts.findIndex(grant => grant.urn === urn)
  if (position < 0) throw refusal('ACCOUNT_NOT_IN_SCOPE')
  return position
}

interface BindingRequest extends BindRequest {
  readonly grants: readonly Grant[]
  readonly known: ReadonlyMap<string, AccountIds>
  /** In how many calls an interval may be asked for. */
  readonly ranges: number
}

type TimeArgument = Extract<ArgumentRule, { readonly chooses: 'time' }>

interface BoundValue {
  readonly value: unknown
  readonly send: boolean
}

function isAboutScope({ leg }: Binding): boolean {
  return leg < 0
}

function isAboutCustomers(field: PlannedField): boolean {
  return field.witness !== undefined || field.children.some(isAboutCustomers)
}

/** Opening a cursor needs no ids: it says itself whose it is. */
function asksIds({ rule, argument }: Binding, { variables }: BindRequest): boolean {
  if (rule.chooses === 'cursor' || (rule.chooses === 'time' && rule.by === 'grant')) return false
  // Known from the directory alone.
  if (rule.chooses === 'account' || rule.chooses === 'person') return false
  return 'omitted' in rule || valueOf(argument, variables) != null
}

function bindArgument(binding: Binding, request: BindingRequest): BoundValue {
  const { rule } = binding
  const value = valueOf(binding.argument, request.variables) ?? null
  if ('foreign' in rule) return bindIds(rule, value, request)
  if (value === null) return { value, send: true }
  if (rule.chooses === 'cursor') return { value: openCursor(binding, value, request), send: true }
  if (rule.chooses === 'time') return bindTime(rule, binding, value, request)
  for (const [member, inner] of Object.entries(Object(value))) {
    const memberRule = request.access.inputs[`${getNamedType(binding.argument.type).name}.${member}`]
    if (memberRule !== undefined && 'foreign' in memberRule && inner != null) bindIds({ ...memberRule, foreign: 'refuse' }, inner, request)
  }
  return { value, send: true }
}

/** One id, or a list: every one of them must be the scope's own. What is left out is filled where the rule says so. */
function bindIds(rule: IdRule, value: unknown, request: BindingRequest): BoundValue {
  const own = ownIds(rule, request)
  const asked = value === null ? [] : [value].flat()
  if (asked.length === 0 && rule.omitted === 'fill') return { value: [...own], send: own.size > 0 }
  // Nothing was asked for, or nothing but one's own.
  if (asked.every(id => typeof id === 'string' && own.has(id))) return { value, send: true }
  if (rule.foreign === 'refuse') throw refusal('ACCOUNT_NOT_IN_SCOPE')
  return { value: null, send: false }
}

function ownIds({ chooses, when }: IdRule, { grants, known, now, scope }: BindingRequest): ReadonlySet<string> {
  const holds = ([, occupancy]: [string, Occupancy]): boolean => when === undefined || isInsideAny({ from: now, until: now }, occupancy)
  const each = grants.flatMap(grant => known.get(grant.urn) ?? [])
  switch (chooses) {
    case 'account':
      return new Set(grants.map(grant => grant.urn))
    case 'account-number':
      return new Set(each.flatMap(own => own.accountNumber ?? []))
    case 'utility-id':
      return new Set(each.flatMap(own => own.utilityId ?? []))
    case 'customer':
      return new Set(each.flatMap(own => [...own.customers]))
    case 'agreement':
      return new Set(each.flatMap(own => [...own.agreements.keys()]))
    case 'point':
      return new Set(each.flatMap(own => [...own.points].filter(holds).map(([id]) => id)))
    case 'premise':
      return new Set(each.flatMap(own => [...own.premises].filter(holds).map(([id]) => id)))
    case 'person':
      return new Set(scope.customerIds)
    case 'export-job':
      return new Set()
  }
}

/** A cursor goes on where it was given: the same connection of the same one account, with the same arguments. */
function openCursor(binding: Binding, value: unknown, request: BindingRequest): string {
  const [grant, ...others] = request.grants
  if (grant === undefined || others.length > 0) throw refusal('ACCOUNT_NOT_IN_SCOPE')
  const place = {
    coordinate: binding.coordinate,
    parent: grant.urn,
    arguments: canonicalArguments(binding.siblings, request.variables),
    scopeKey: request.scope.key,
  }
  const opened = openPlaced(request.seal, place, String(value))
  const agreement = binding.agreementBinding === undefined ? undefined : valueOf(binding.agreementBinding.argument, request.variables)
  if (opened === undefined || (typeof agreement === 'string' && opened.parent !== agreement)) throw refusal('ACCOUNT_NOT_IN_SCOPE')
  return opened.cursor
}

function bindTime(rule: TimeArgument, binding: Binding, value: unknown, request: BindingRequest): BoundValue {
  const asked = readInterval(value, { dates: rule.by === 'grant' })
  if (asked === undefined || typeof value !== 'string') {
    throw refusal('RANGE_NOT_AVAILABLE', {
      message: 'An interval is written start/end, each an ISO 8601 instant with an offset or Z, the start before the end.',
    })
  }
  const open = rule.by === 'grant' ? request.grants.map(grantPeriod) : occupied(binding, request)
  const narrowed = narrowInterval(value, hullWithin(open, asked))
  if (narrowed !== undefined && rule.cap !== undefined) assertWithinCap(rule.cap, narrowed, binding, request)
  return { value: narrowed ?? null, send: narrowed !== undefined }
}

/** The times at which these accounts held the points that are asked for. */
function occupied({ agreementBinding, pointBinding }: Binding, { grants, known, variables }: BindingRequest): readonly Period[] {
  const chosenBy = (binding: Binding | undefined): unknown =>
    binding === undefined ? null : (valueOf(binding.argument, variables) ?? null)
  const [agreement, point] = [chosenBy(agreementBinding), chosenBy(pointBinding)]
  return grants.flatMap(grant => {
    const own = known.get(grant.urn)
    const points = typeof agreement === 'string' ? (own?.agreements.get(agreement) ?? []) : (own?.points.keys() ?? [])
    return [...points]
      .filter(each => point === null || each === point)
      .flatMap(point => own?.points.get(point) ?? [])
      .map(period => intersect(period, grantPeriod(grant)))
  })
}

const hour = 3_600_000

function assertWithinCap(cap: RangeCap, interval: string, { siblings }: Binding, { variables, ranges }: BindingRequest): void {
  const once = cap.hours[String(valueNamed(siblings, cap.argument, variables))]
  const hours = once === undefined ? undefined : once * ranges
  const period = readInterval(interval, { dates: true })
  if (hours === undefined || period === undefined || period.until - period.from <= hours * hour) return
  throw refusal('RANGE_NOT_AVAILABLE', { message: `At this resolution a range is at most ${hours} hours long. Ask for less at a time.` })
}
