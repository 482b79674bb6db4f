import type { AccountIds, AccountIdSource } from '../accounts/account-ids.js'
import type { Grant } from '../accounts/grant.js'
import type { Scope } from '../accounts/scope.js'
import { refusal } from '../errors.js'
import { grantPeriod } from '../accounts/grant-period.js'
import { mayExport } from '../accounts/role-rules.js'
import type { Period } from '../plan/interval.js'
import { always, formatInstant, hull, intersect, isEmpty, narrowInterval, readInterval } from '../plan/interval.js'

export interface ExportRequest {
  readonly scope: Scope
  readonly ids: AccountIdSource
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** An export as it may be started: of these accounts and no others. */
export interface ScopedExport {
  readonly input: Readonly<Record<string, unknown>>
  readonly urns: readonly string[]
}

const day = 86_400_000
/** As far back as Opower keeps reads (Opower facts: limits). */
const historyDays = 1_095

/**
 * Rewrites the input of an export to the scope. Every member that chooses is checked or filled: `urns` and
 * `customerUuid` (both: their intersection), the utility codes, and the time, which is narrowed to what the account
 * itself may see. A file cannot be clipped once it is made, so several accounts share the time that all of them may see.
 *
 * @throws GatewayError `ACCOUNT_NOT_IN_SCOPE`, `FIELD_NOT_AVAILABLE` to a role that may not export,
 * `RANGE_NOT_AVAILABLE` when nothing of the time is left
 */
export async function scopeExport(given: unknown, request: ExportRequest): Promise<ScopedExport> {
  const input = readObject(given)
  assertOwnUtility(input, request.scope)
  const asked = chosenByUrns(input['urns'], request.scope)
  const ids = await request.ids.load(asked.map(grant => grant.urn))
  const grants = asked.filter(grant => holdsCustomer(input['customerUuid'], ids.get(grant.urn)))
  if (grants.length === 0) throw refusal('ACCOUNT_NOT_IN_SCOPE')
  const urns = grants.map(grant => grant.urn)
  const timeInterval = narrowTime(input, periodOfAll(grants, ids), request.now)
  const { customerUuid: _chosen, maxAgeOfDataInDays: _inTime, ...rest } = input
  return { urns, input: { ...rest, urns, utilityCode: request.scope.utilityCode, timeInterval } }
}

function readObject(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? { ...given } : {}
}

function assertOwnUtility(input: Readonly<Record<string, unknown>>, { utilityCode }: Scope): void {
  const codes = [input['utilityCode'], input['fileUtilityCode']]
  if (codes.some(code => code != null && code !== utilityCode)) throw refusal('ACCOUNT_NOT_IN_SCOPE')
}

function chosenByUrns(urns: unknown, scope: Scope): readonly Grant[] {
  const isNamed = Array.isArray(urns) && urns.length > 0
  if (isNamed && !urns.every(urn => typeof urn === 'string' && scope.byUrn.has(urn))) throw refusal('ACCOUNT_NOT_IN_SCOPE')
  const chosen = isNamed ? scope.grants.filter(grant => urns.includes(grant.urn)) : scope.grants
  const allowed = chosen.filter(mayExport)
  if (chosen.length > 0 && allowed.length < (isNamed ? chosen.length : 1)) {
    throw refusal('FIELD_NOT_AVAILABLE', { message: 'This session may look at the account and not export it.' })
  }
  return allowed
}

function holdsCustomer(customer: unknown, ids: AccountIds | undefined): boolean {
  return customer == null || (typeof customer === 'string' && ids?.customers.has(customer) === true)
}

function periodOfAll(grants: readonly Grant[], ids: ReadonlyMap<string, AccountIds>): Period {
  return grants.map(grant => intersect(occupied(ids.get(grant.urn)), grantPeriod(grant))).reduce(intersect, always)
}

/** An account with several points: the time in which it held all that it ever held last. */
function occupied(ids: AccountIds | undefined): Period {
  const periods = [...(ids?.points.values() ?? [])].map(occupancy => occupancy.at(-1) ?? { from: Infinity, until: -Infinity })
  return periods.length === 0 ? hull([]) : periods.reduce(intersect)
}

function narrowTime(input: Readonly<Record<string, unknown>>, own: Period, now: number): string {
  const asked = input['timeInterval']
  if (asked != null && readInterval(asked, { dates: true }) === undefined) {
    throw refusal('RANGE_NOT_AVAILABLE', {
      message: 'An interval is written start/end, each an ISO 8601 instant with an offset or Z, the start before the end.',
    })
  }
  const days = input['maxAgeOfDataInDays']
  const oldest = now - (typeof days === 'number' && days > 0 ? Math.min(days, historyDays) : historyDays) * day
  const kept = intersect(own, { from: oldest, until: now })
  const narrowed = isEmpty(kept)
    ? undefined
    : narrowInterval(typeof asked === 'string' ? asked : textOf({ from: oldest, until: now }), kept)
  if (narrowed === undefined) throw refusal('RANGE_NOT_AVAILABLE', { message: 'There is nothing to export in this time.' })
  return narrowed
}

function textOf({ from, until }: Period): string {
  return `${formatInstant(from)}/${formatInstant(until)}`
}
