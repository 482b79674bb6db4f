import { getNamedType } from 'graphql'
import type { AccountIds } from '../accounts/account-ids.js'
import type { Grant } from '../accounts/grant.js'
import { grantPeriod } from '../accounts/grant-period.js'
import { refusal } from '../errors.js'
import type { ArgumentRule, IdRule, RangeCap } from './access-rules.js'
import type { Variables } from './argument-values.js'
import { canonicalArguments, valueNamed, valueOf } from './argument-values.js'
import type { BindRequest } from './bind.js'
import { openPlaced } from './cursors.js'
import type { Occupancy, Period } from './interval.js'
import { intersect, isInsideAny, narrowInterval, readInterval } from './interval.js'
import type { Binding } from './plan.js'

/** What one selector may name. */
export interface Bounds {
  /** The accounts that it is about. */
  readonly grants: readonly Grant[]
  readonly known: ReadonlyMap<string, AccountIds>
  /** In how many calls an interval may be asked for. */
  readonly ranges: number
}

type TimeArgument = Extract<ArgumentRule, { readonly chooses: 'time' }>

export interface BoundValue {
  readonly value: unknown
  /** False where it names nothing that is the customer's own: its field is then not asked for. */
  readonly send: boolean
}

/** Opening a cursor needs no ids: it says itself whose it is. */
export function asksIds({ rule, argument }: Binding, { variables }: Pick<BindRequest, 'variables'>): boolean {
  if (rule.chooses === 'cursor' || (rule.chooses === 'time' && rule.by === 'grant')) return false
  // Known from the directory alone.
  if (rule.chooses === 'account' || rule.chooses === 'person') return false
  return 'omitted' in rule || valueOf(argument, variables) != null
}

/**
 * The value of one selector below the accounts, as far as it may be sent.
 *
 * @throws GatewayError `ACCOUNT_NOT_IN_SCOPE`, `RANGE_NOT_AVAILABLE`
 */
export function bindArgument(binding: Binding, request: BindRequest, bounds: Bounds): BoundValue {
  const { rule } = binding
  const value = valueOf(binding.argument, request.variables) ?? null
  if ('foreign' in rule) return bindIds(rule, value, request, bounds)
  if (value === null) return { value, send: true }
  if (rule.chooses === 'cursor') return { value: openCursor(binding, value, request, bounds), send: true }
  if (rule.chooses === 'time') return bindTime(rule, binding, value, request, bounds)
  for (const [member, inner] of Object.entries(Object(value))) {
    const own = request.access.inputs[`${getNamedType(binding.argument.type).name}.${member}`]
    if (own !== undefined && 'foreign' in own && inner != null) bindIds({ ...own, foreign: 'refuse' }, inner, request, bounds)
  }
  return { value, send: true }
}

/** One id, or a list: every one of them must be the scope's own. What is left out is filled where the rule says so. */
function bindIds(rule: IdRule, value: unknown, request: BindRequest, bounds: Bounds): BoundValue {
  const own = ownIds(rule, request, bounds)
  const asked: readonly unknown[] = Array.isArray(value) ? value : value === null ? [] : [value]
  if (asked.length === 0 && rule.omitted === 'fill') return { value: [...own], send: own.size > 0 }
  // Nothing was asked for, or nothing but one's own.
  if (asked.every(id => typeof id === 'string' && own.has(id))) return { value, send: true }
  if (rule.foreign === 'refuse') throw refusal('ACCOUNT_NOT_IN_SCOPE')
  return { value: null, send: false }
}

function ownIds({ chooses, when }: IdRule, { now, scope }: BindRequest, { grants, known }: Bounds): ReadonlySet<string> {
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
function openCursor(binding: Binding, value: unknown, request: BindRequest, { grants }: Bounds): string {
  const [grant, ...others] = grants
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

function bindTime(rule: TimeArgument, binding: Binding, value: unknown, { variables }: BindRequest, bounds: Bounds): BoundValue {
  const asked = readInterval(value, { dates: rule.by === 'grant' })
  if (asked === undefined || typeof value !== 'string') {
    throw refusal('RANGE_NOT_AVAILABLE', {
      message: 'An interval is written start/end, each an ISO 8601 instant with an offset or Z, the start before the end.',
    })
  }
  const open = rule.by === 'grant' ? bounds.grants.map(grantPeriod) : occupied(binding, variables, bounds)
  const narrowed = narrowInterval(value, open)
  if (narrowed !== undefined && rule.cap !== undefined) assertWithinCap(rule.cap, narrowed, binding, variables, bounds)
  return { value: narrowed ?? null, send: narrowed !== undefined }
}

/** The times at which these accounts held the points that are asked for. */
function occupied({ agreementBinding, pointBinding }: Binding, variables: Variables, { grants, known }: Bounds): readonly Period[] {
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

function assertWithinCap(cap: RangeCap, interval: string, { siblings }: Binding, variables: Variables, { ranges }: Bounds): void {
  const once = cap.hours[String(valueNamed(siblings, cap.argument, variables))]
  const hours = once === undefined ? undefined : once * ranges
  const period = readInterval(interval, { dates: true })
  if (hours === undefined || period === undefined || period.until - period.from <= hours * hour) return
  throw refusal('RANGE_NOT_AVAILABLE', { message: `At this resolution a range is at most ${hours} hours long. Ask for less at a time.` })
}
