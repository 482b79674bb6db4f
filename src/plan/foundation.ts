import type { AccountIds, AccountIdSource } from '../accounts/account-ids.js'
import type { Occupancy } from './interval.js'

/**
 * What wall one judged by beside the document, its variables and the scope: ids that were known, and the moment. Whoever keeps what came of it
 * asks whether the same judgement would be made again.
 */
export interface Foundation {
  /** @param now milliseconds since the epoch */
  stands(now: number): boolean
}

type Told = ReadonlyMap<string, AccountIds | undefined>

const nothing: Told = new Map()

/** An id source that remembers what it told. */
export class WatchedIds implements AccountIdSource {
  readonly #ids: AccountIdSource
  #told: Map<string, AccountIds | undefined> | undefined

  constructor(ids: AccountIdSource) {
    this.#ids = ids
  }

  known(urn: string): AccountIds | undefined {
    const known = this.#ids.known(urn)
    this.#note(urn, known)
    return known
  }

  async load(urns: readonly string[]): Promise<ReadonlyMap<string, AccountIds>> {
    return this.#noted(urns, await this.#ids.load(urns))
  }

  async reload(urns: readonly string[]): Promise<ReadonlyMap<string, AccountIds>> {
    return this.#noted(urns, await this.#ids.reload(urns))
  }

  learn(ids: ReadonlyMap<string, AccountIds>): void {
    this.#ids.learn(ids)
  }

  /** What was judged at `now` by what was told so far. */
  foundation(now: number): Foundation {
    return foundationOf(this.#told ?? nothing, this.#ids.shared, now)
  }

  #noted(urns: readonly string[], known: ReadonlyMap<string, AccountIds>): ReadonlyMap<string, AccountIds> {
    for (const urn of urns) this.#note(urn, known.get(urn))
    return known
  }

  #note(urn: string, known: AccountIds | undefined): void {
    this.#told ??= new Map()
    this.#told.set(urn, known)
  }
}

/** The latest by the first of its ids, or by whoever shares ids where it is of none: nearly always one serves for all operations of a customer. */
const latest = new WeakMap<object, ToldFoundation>()

function foundationOf(told: Told, shared: AccountIdSource['shared'], now: number): Foundation {
  const [first] = told.values()
  const place = first ?? shared
  const known = place === undefined ? undefined : latest.get(place)
  if (known?.isOf(told, shared, now) === true) return known
  const made = new ToldFoundation(new Map(told), shared, now)
  if (place !== undefined) latest.set(place, made)
  return made
}

/** It stands while each account's ids are the very ones that were told, and until the next moment at which some stretch of theirs begins or ends. */
class ToldFoundation implements Foundation {
  readonly #told: Told
  readonly #shared: AccountIdSource['shared']
  readonly #from: number
  readonly #until: number

  constructor(told: Told, shared: AccountIdSource['shared'], from: number) {
    this.#told = told
    this.#shared = shared
    this.#from = from
    this.#until = Math.min(...[...told.values()].flatMap(each => (each === undefined ? [] : changesAfter(each, from))))
  }

  stands(now: number): boolean {
    return this.#isAt(now) && this.#areStill()
  }

  /** Whether it says all that is to be said of what was told at `now`. */
  isOf(told: Told, shared: AccountIdSource['shared'], now: number): boolean {
    if (shared !== this.#shared || told.size !== this.#told.size || !this.#isAt(now)) return false
    for (const [urn, ids] of told) if (ids === undefined || ids !== this.#told.get(urn)) return false
    return true
  }

  #isAt(now: number): boolean {
    return this.#from <= now && now < this.#until
  }

  #areStill(): boolean {
    for (const [urn, ids] of this.#told) if (ids === undefined || this.#shared?.(urn) !== ids) return false
    return true
  }
}

function changesAfter({ points, premises }: AccountIds, from: number): readonly number[] {
  const stretches = [...points.values(), ...premises.values()] satisfies readonly Occupancy[]
  return stretches
    .flat()
    .flatMap(period => [period.from, period.until])
    .filter(at => at > from)
}
