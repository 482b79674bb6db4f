import type { AccountIds } from '../accounts/account-ids.js'
import type { Occupancy, Period } from '../plan/interval.js'
import { restOfPremises } from './premise-pages.js'
import { mergePeriods, never, readInstant } from '../plan/interval.js'

/**
 * Reads the answer to the gateway's own service query into the ids of each account.
 *
 * A point and a premise prove each other: only ids that premise edges and points agree upon are taken as the account's
 * own. What one list alone names may be another household's, so a point whose premise is no edge is left out, and
 * edges stand alone only where no point names a premise at all.
 *
 * Where accounts stand among the answer that nobody asked for, their places are theirs: an answer that went wrong once may
 * name them below the asked accounts too, in both lists alike.
 */
export function readAccountIds(connection: unknown, asked: readonly string[]): ReadonlyMap<string, AccountIds> {
  const nodes = list(field(connection, 'edges')).map(edge => field(edge, 'node'))
  const strange = placesOf(nodes.filter(node => !asked.includes(text(field(node, 'urn')) ?? '')))
  const ids = new Map<string, AccountIds>()
  for (const node of nodes) {
    const account = readAccount(node, strange)
    if (account !== undefined) ids.set(account.urn, account)
  }
  return ids
}

/** The premises and points that these accounts name. */
function placesOf(nodes: readonly unknown[]): ReadonlySet<string> {
  const points = nodes.flatMap(node => list(field(node, 'serviceAgreements')).flatMap(agreement => list(field(agreement, 'servicePoints'))))
  return new Set([...nodes.flatMap(node => [...premisesOf(node)]), ...uuids(points)])
}

function premisesOf(node: unknown): ReadonlySet<string> {
  return uuids(premiseNodes(node))
}

function premiseNodes(node: unknown): readonly unknown[] {
  return list(field(field(node, 'premisesConnection'), 'edges')).map(edge => field(edge, 'node'))
}

/** The utility's own number of each premise. */
function numbersOf(node: unknown): ReadonlyMap<string, string> {
  const numbers = premiseNodes(node).map(premise => [text(field(premise, 'uuid')), text(field(premise, 'utilityId'))] as const)
  return new Map(numbers.flatMap(([uuid, number]) => (uuid === undefined || number === undefined ? [] : [[uuid, number]])))
}

interface Agreement {
  readonly uuid: string
  readonly period: Period
  /** Each point with its premise. */
  readonly points: ReadonlyMap<string, string | undefined>
  /** Points that were left out because their premise is not the account's. */
  readonly strangers: number
}

function readAccount(node: unknown, strange: ReadonlySet<string>): AccountIds | undefined {
  const urn = text(field(node, 'urn'))
  if (urn === undefined) return undefined
  const edgePremises = new Set([...premisesOf(node)].filter(uuid => !strange.has(uuid)))
  const active = uuids(list(field(node, 'active')))
  const agreements = list(field(node, 'serviceAgreements')).flatMap(each => readAgreement(each, active, edgePremises, strange) ?? [])
  const premises = occupancies(agreements, agreement => [...agreement.points.values()])
  const premiseOfPoint = new Map(
    agreements.flatMap(({ points }) => [...points].flatMap(([id, at]) => (at === undefined ? [] : [[id, at]]))),
  )
  const isNamedByPoints = agreements.some(({ points, strangers }) => strangers > 0 || [...points.values()].some(id => id !== undefined))
  return {
    urn,
    utilityId: text(field(node, 'utilityId')),
    accountNumber: text(field(node, 'accountNumber')),
    customers: uuids(list(field(node, 'mappedCustomers'))),
    agreements: new Map(agreements.map(agreement => [agreement.uuid, new Set(agreement.points.keys())])),
    points: occupancies(agreements, agreement => [...agreement.points.keys()]),
    premises: isNamedByPoints ? premises : new Map([...edgePremises].map(premise => [premise, []])),
    premiseOfPoint,
    premiseNumbers: numbersOf(node),
    ...(restOfPremises(node) === undefined ? {} : { isCut: true }),
    isCertain: agreements.every(({ strangers }) => strangers === 0),
  }
}

function readAgreement(
  agreement: unknown,
  active: ReadonlySet<string>,
  edgePremises: ReadonlySet<string>,
  strange: ReadonlySet<string>,
): Agreement | undefined {
  const uuid = text(field(agreement, 'uuid'))
  if (uuid === undefined) return undefined
  const points = new Map<string, string | undefined>()
  let strangers = 0
  for (const point of list(field(agreement, 'servicePoints'))) {
    const id = text(field(point, 'uuid'))
    const premise = text(field(field(point, 'premise'), 'uuid'))
    const isForeign = (premise !== undefined && !edgePremises.has(premise)) || (id !== undefined && strange.has(id))
    if (isForeign) strangers++
    else if (id !== undefined) points.set(id, premise)
  }
  return { uuid, period: readPeriod(agreement, active.has(uuid)), points, strangers }
}

/** For each place, the time that the agreements which name it cover. */
function occupancies(
  agreements: readonly Agreement[],
  placesOf: (agreement: Agreement) => readonly (string | undefined)[],
): Map<string, Occupancy> {
  const periods = new Map<string, Period[]>()
  for (const agreement of agreements) {
    for (const place of placesOf(agreement)) {
      if (place !== undefined) periods.set(place, [...(periods.get(place) ?? []), agreement.period])
    }
  }
  return new Map([...periods].map(([place, each]) => [place, mergePeriods(each)]))
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

function field(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
