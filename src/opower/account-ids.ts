import type { AccountIds, AgreementIds } from '../accounts/account-ids.js'
import type { Period } from '../plan/interval.js'
import { never, readInstant } from '../plan/interval.js'

/**
 * Reads the answer to the gateway's own service query into the ids of each account.
 *
 * A point and a premise prove each other: where an account has both premise edges and agreements with points, only
 * ids that the two lists agree upon are taken as its own. What one list alone names may be another household's.
 */
export function readAccountIds(connection: unknown): ReadonlyMap<string, AccountIds> {
  const ids = new Map<string, AccountIds>()
  for (const edge of list(field(connection, 'edges'))) {
    const account = readAccount(field(edge, 'node'))
    if (account !== undefined) ids.set(account.urn, account)
  }
  return ids
}

function readAccount(node: unknown): AccountIds | undefined {
  const urn = text(field(node, 'urn'))
  if (urn === undefined) return undefined
  const edgePremises = uuids(list(field(field(node, 'premisesConnection'), 'edges')).map(edge => field(edge, 'node')))
  const active = uuids(list(field(node, 'active')))
  const agreements = new Map<string, AgreementIds>()
  for (const agreement of list(field(node, 'serviceAgreements'))) {
    const uuid = text(field(agreement, 'uuid'))
    if (uuid !== undefined) agreements.set(uuid, readAgreement(agreement, active.has(uuid), edgePremises))
  }
  const points = union([...agreements.values()].map(agreement => agreement.points))
  const pointPremises = union([...agreements.values()].map(agreement => agreement.premises))
  return {
    urn,
    utilityId: text(field(node, 'utilityId')),
    accountNumber: text(field(node, 'accountNumber')),
    customers: uuids(list(field(node, 'mappedCustomers'))),
    agreements,
    points,
    premises: pointPremises.size === 0 ? edgePremises : pointPremises,
  }
}

function readAgreement(agreement: unknown, isActive: boolean, edgePremises: ReadonlySet<string>): AgreementIds {
  const points = new Set<string>()
  const premises = new Set<string>()
  for (const point of list(field(agreement, 'servicePoints'))) {
    const uuid = text(field(point, 'uuid'))
    const premise = text(field(field(point, 'premise'), 'uuid'))
    if (uuid === undefined || (premise !== undefined && edgePremises.size > 0 && !edgePremises.has(premise))) continue
    points.add(uuid)
    if (premise !== undefined) premises.add(premise)
  }
  return { period: readPeriod(agreement, isActive), points, premises }
}

/** From the agreement's start to its end. One that has ended at a time nobody knows, or has no start, opens nothing. */
function readPeriod(agreement: unknown, isActive: boolean): Period {
  const from = readInstant(field(agreement, 'startDateTime'))
  const until = readInstant(field(agreement, 'endDateTime'))
  if (from === undefined || (until === undefined && !isActive)) return never
  return { from, until: until ?? Infinity }
}

function uuids(objects: readonly unknown[]): Set<string> {
  return new Set(objects.flatMap(object => text(field(object, 'uuid')) ?? []))
}

function union(sets: readonly ReadonlySet<string>[]): Set<string> {
  return new Set(sets.flatMap(set => [...set]))
}

function field(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
