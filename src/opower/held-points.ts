import type { AccountIds } from '../accounts/account-ids.js'
import type { Occupancy } from '../plan/interval.js'
import { intersect } from '../plan/interval.js'

/** A move is recorded a few days early or late at times: longer than this, milliseconds, no two households hold one meter. */
const longestMove = 31 * 86_400_000

interface Claim {
  readonly ids: AccountIds
  /** On the clock of `performance.now()`. */
  readonly goodUntil: number
}

/** Which accounts are known to hold each point, and when. */
export class HeldPoints {
  readonly #accounts = new Map<string, Claim>()
  readonly #holders = new Map<string, Set<string>>()

  /** @param lifeMs for how long others are measured by it, milliseconds */
  hold(ids: AccountIds, lifeMs: number): void {
    this.drop(ids.urn)
    this.#accounts.set(ids.urn, { ids, goodUntil: performance.now() + lifeMs })
    for (const point of ids.points.keys()) this.#holders.set(point, (this.#holders.get(point) ?? new Set()).add(ids.urn))
  }

  drop(urn: string): void {
    for (const point of this.#accounts.get(urn)?.ids.points.keys() ?? []) {
      const holders = this.#holders.get(point)
      holders?.delete(urn)
      if (holders?.size === 0) this.#holders.delete(point)
    }
    this.#accounts.delete(urn)
  }

  /**
   * The ids without the points that another account held first, for the same time, and without the premises that only those points name.
   * One of two answers was wrong, so what is left is not certain. Accounts of one scope may share whatever they like.
   */
  without(ids: AccountIds, scope: Pick<ReadonlyMap<string, unknown>, 'has'>): AccountIds {
    const isRival = (urn: string, point: string, occupancy: Occupancy): boolean => {
      const claim = this.#accounts.get(urn)
      if (claim === undefined || urn === ids.urn || scope.has(urn) || performance.now() >= claim.goodUntil) return false
      return shareLong(occupancy, claim.ids.points.get(point) ?? [])
    }
    const others = [...ids.points].filter(([point, occupancy]) =>
      [...(this.#holders.get(point) ?? [])].some(urn => isRival(urn, point, occupancy)),
    )
    return others.length === 0 ? ids : withoutPoints(ids, new Set(others.map(([point]) => point)))
  }
}

function withoutPoints(ids: AccountIds, strange: ReadonlySet<string>): AccountIds {
  const points = new Map([...ids.points].filter(([point]) => !strange.has(point)))
  const named = new Set([...points.keys()].map(point => ids.premiseOfPoint?.get(point)))
  return {
    ...ids,
    agreements: new Map([...ids.agreements].map(([agreement, own]) => [agreement, new Set([...own].filter(point => points.has(point)))])),
    points,
    premises: new Map([...ids.premises].filter(([premise]) => named.has(premise))),
    isCertain: false,
  }
}

function shareLong(one: Occupancy, other: Occupancy): boolean {
  const shared = one.flatMap(period => other.map(each => intersect(period, each)))
  return shared.some(({ from, until }) => until - from > longestMove)
}
