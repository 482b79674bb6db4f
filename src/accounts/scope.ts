import { hash } from 'node:crypto'
import type { Session } from '../session/session.js'
import { subjectKey } from '../session/session.js'
import type { Acting } from './acting.js'
import { actingIn } from './acting.js'
import type { Grant, GrantSet } from './grant.js'

/** The grants of one request, in the directory's order. */
export interface Scope {
  readonly utilityCode: string
  readonly grants: readonly Grant[]
  readonly byUrn: ReadonlyMap<string, Grant>
  /** Its accounts, each once. */
  readonly urns: readonly string[]
  readonly defaultUrn: string | undefined
  readonly version: string
  /** The numbers under which the utility's other systems know this very person. */
  readonly customerIds: readonly string[]
  /** Who acts for the customer, and why; undefined when the customers act themselves. */
  readonly acting?: Acting
  /** Names this scope's share of the cache: two scopes that see the same things have the same key. */
  readonly key: string
  /** The scope key with the subject in it, for what belongs to a person and not to a household. */
  readonly personKey: string
}

/** The latest scope of each session, and the time in which nothing changes it: a page of requests makes it once. */
const latest = new WeakMap<Session, { readonly set: GrantSet; readonly from: number; readonly until: number; readonly scope: Scope }>()

/**
 * The grants that hold at `now` (milliseconds since the epoch), as the scope of one request.
 *
 * @returns the same object for as long as session, directory's answer and held grants are the same
 * @throws GatewayError when somebody acts for the customer and may not (`acting.ts`)
 */
export function createScope(session: Session, set: GrantSet, now: number): Scope {
  const known = latest.get(session)
  if (known !== undefined && known.set === set && known.from <= now && now < known.until) return known.scope
  const scope = makeScope(session, set, now)
  latest.set(session, { set, from: now, until: nextChange(set.grants, now), scope })
  return scope
}

/** When the next grant begins or ends, milliseconds since the epoch. */
function nextChange(grants: readonly Grant[], now: number): number {
  return Math.min(...grants.flatMap(({ validFrom = Infinity, validUntil = Infinity }) => [validFrom, validUntil]).filter(at => at > now))
}

function makeScope(session: Session, set: GrantSet, now: number): Scope {
  const grants = set.grants.filter(grant => holdsAt(grant, now))
  const byUrn = new Map(grants.map(grant => [grant.urn, grant]))
  const defaultUrn = set.defaultUrn !== undefined && byUrn.has(set.defaultUrn) ? set.defaultUrn : grants[0]?.urn
  const acting = actingIn(session, set.grants)
  // Customers without any account are still different people, and who acts for a customer is another person yet:
  // nothing of theirs may be shared.
  const person = subjectKey(session.subject)
  const household = grants.length === 0 || acting !== undefined ? person : ''
  const parts = [session.utilityCode, set.version, defaultUrn ?? '', household, ...grants.map(grantKey)]
  return {
    utilityCode: session.utilityCode,
    grants,
    byUrn,
    urns: [...byUrn.keys()],
    defaultUrn,
    version: set.version,
    customerIds: set.customerIds ?? [],
    ...(acting === undefined ? {} : { acting }),
    key: digest(parts),
    personKey: digest(['person', person, ...(set.customerIds ?? []), '', ...parts]),
  }
}

function holdsAt(grant: Grant, now: number): boolean {
  return now >= (grant.validFrom ?? -Infinity) && now < (grant.validUntil ?? Infinity)
}

/** All that decides an answer. The order of grants is kept in the key: it decides the order of pages. */
function grantKey({ urn, role, fields, write, premises, dataFrom, dataUntil }: Grant): string {
  return JSON.stringify([urn, role, fields ?? null, write ?? null, premises ?? null, dataFrom ?? null, dataUntil ?? null])
}

/** SHA-256 over length-prefixed parts, so that no two lists of parts can be spelled alike. */
export function digest(parts: readonly string[]): string {
  let text = ''
  for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`
  return hash('sha256', text)
}
