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
    return createFoundation(this.#told ?? nothing, this.#ids.shared, now)
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

/** It stands while each account's ids are the very ones that were told, and until the next moment at which some stretch of theirs begins or ends. */
function createFoundation(told: Told, shared: AccountIdSource['shared'], from: number): Foundation {
  const accounts = [...told]
  const until = Math.min(...accounts.flatMap(([, each]) => (each === undefined ? [] : changesAfter(each, from))))
  const isStill = ([urn, ids]: (typeof accounts)[number]): boolean => ids !== undefined && shared?.(urn) === ids
  return { stands: now => from <= now && now < until && accounts.every(isStill) }
}

function changesAfter({ points, premises }: AccountIds, from: number): readonly number[] {
  const stretches = [...points.values(), ...premises.values()] satisfies readonly Occupancy[]
  return stretches
    .flat()
    .flatMap(period => [period.from, period.until])
    .filter(at => at > from)
}
