import type { AccountIds } from '../accounts/account-ids.js'
import type { Grant } from '../accounts/grant.js'
import { grantPeriod } from '../accounts/grant-period.js'
import type { IdKind } from './access-rules.js'
import type { CursorPlace } from './cursors.js'
import type { Occupancy, Period } from './interval.js'
import { intersect, isInside, isInsideAny, mergePeriods } from './interval.js'

export type Path = readonly (string | number)[]

/** The proven things above a value. */
export interface Where {
  readonly path: Path
  readonly grant: Grant
  readonly ids: AccountIds | undefined
  /** The agreement above, if any. */
  readonly agreement?: string | undefined
  /** When the account held the point, premise or agreement above. */
  readonly occupancy: Occupancy | undefined
  /** The interval of the nearest object above that has one. */
  readonly interval: Period | undefined
  /** What the cursors of the connection above are sealed for. */
  readonly place: CursorPlace | undefined
  /** The id of the nearest proven object above, and of the one that held the connection above. */
  readonly parent: string
  readonly connection: string
  /** Among whose ids a witness is looked for, where no account has been proven yet. */
  readonly candidates: readonly Candidate[] | undefined
  /** The customer numbers that the directory proves to be this person's own. */
  readonly persons: ReadonlySet<string> | undefined
}

export interface Candidate {
  readonly grant: Grant
  readonly ids: AccountIds | undefined
}

/** What is known inside an object that has proven itself by an id of this kind; undefined where the id proves nothing. */
export function proveAs(kind: IdKind, id: string, where: Where): Where | undefined {
  const { ids } = where
  switch (kind) {
    case 'account':
      return id === where.grant.urn ? placedAt(sharedOccupancy(ids), id, where) : undefined
    case 'account-number':
      return ids?.accountNumber === id ? placedAt(accountOccupancy(ids), id, where) : undefined
    case 'utility-id':
      return ids?.utilityId === id ? placedAt(accountOccupancy(ids), id, where) : undefined
    case 'customer':
      return ids?.customers.has(id) === true ? where : undefined
    case 'agreement':
      return placedAt(agreementOccupancy(ids, id), id, where, id)
    case 'point':
      return placedAt(ids?.points.get(id), id, where)
    case 'premise':
      return placedAt(ids?.premises.get(id), id, where)
    case 'person':
      return where.persons?.has(id) === true ? where : undefined
    case 'export-job':
      return undefined
  }
}

/** Every member by its name: a spread of so many costs several times as much, and this is done for every object of an answer. */
function placedAt(occupancy: Occupancy | undefined, parent: string, where: Where, agreement = where.agreement): Where | undefined {
  if (occupancy === undefined) return undefined
  const { path, grant, ids, interval, place, connection, candidates, persons } = where
  return { path, grant, ids, agreement, occupancy, interval, place, parent, connection, candidates, persons }
}

/** Inside an object that was at this time. */
export function during(interval: Period | undefined, where: Where): Where {
  const { path, grant, ids, agreement, occupancy, place, parent, connection, candidates, persons } = where
  return { path, grant, ids, agreement, occupancy, interval, place, parent, connection, candidates, persons }
}

/** What follows from the ids of an account and does not change: those who know more of it have other ids. */
interface Times {
  shared: Occupancy | undefined
  readonly agreements: Map<string, Occupancy>
}

const timesOf = new WeakMap<AccountIds, Times>()

function timesFrom(ids: AccountIds): Times {
  const known = timesOf.get(ids)
  if (known !== undefined) return known
  const times = { shared: undefined, agreements: new Map<string, Occupancy>() }
  timesOf.set(ids, times)
  return times
}

/** All the time in which the account held any place: what is told by its number is told of that time. */
function accountOccupancy(ids: AccountIds): Occupancy {
  return mergePeriods([...ids.points.values()].flat())
}

/** Ids that are not the account's come from outside, without end: they are not remembered. */
function agreementOccupancy(ids: AccountIds | undefined, id: string): Occupancy | undefined {
  const points = ids?.agreements.get(id)
  if (ids === undefined || points === undefined) return undefined
  const { agreements } = timesFrom(ids)
  const known = agreements.get(id)
  if (known !== undefined) return known
  const occupancy = mergePeriods([...points].flatMap(point => ids.points.get(point) ?? []))
  agreements.set(id, occupancy)
  return occupancy
}

/** When the account held all the points that it holds today: what is told of the account as a whole is true of this time. */
function sharedOccupancy(ids: AccountIds | undefined): Occupancy {
  if (ids === undefined) return []
  const times = timesFrom(ids)
  times.shared ??= openInAll(ids)
  return times.shared
}

function openInAll({ points }: AccountIds): Occupancy {
  const open = [...points.values()].flatMap(periods => periods.filter(({ until }) => until === Infinity))
  return open.length === 0 ? [] : [open.reduce(intersect)]
}

/** An object whose interval cannot be read is nobody's, unless nothing limits the time. */
export function isOwnTime(interval: Period | undefined, by: 'occupancy' | 'grant', where: Where): boolean {
  if (by === 'occupancy') return heldPlace(interval, where.grant, where.occupancy)
  const grant = grantPeriod(where.grant)
  return !isLimited(grant) || (interval !== undefined && isInside(interval, grant))
}

/** Whether an account was at a place all through an interval, as far as its grant shows. */
export function heldPlace(interval: Period | undefined, grant: Grant, occupancy: Occupancy | undefined): boolean {
  return interval !== undefined && isInside(interval, grantPeriod(grant)) && isInsideAny(interval, occupancy ?? [])
}

function isLimited({ from, until }: Period): boolean {
  return from !== -Infinity || until !== Infinity
}
