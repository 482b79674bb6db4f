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

/** An id source that remembers what it told. */
export interface WatchedIds {
  readonly ids: AccountIdSource
  /** What was judged at `now` by what was told so far. */
  foundation(now: number): Foundation
}

export function watchIds(ids: AccountIdSource): WatchedIds {
  const told: Told = new Map()
  const note = (urns: readonly string[], known: ReadonlyMap<string, AccountIds>): ReadonlyMap<string, AccountIds> => {
    for (const urn of urns) told.set(urn, known.get(urn))
    return known
  }
  return {
    ids: {
      known(urn) {
        const known = ids.known(urn)
        told.set(urn, known)
        return known
      },
      load: async urns => note(urns, await ids.load(urns)),
      reload: async urns => note(urns, await ids.reload(urns)),
      learn: each => ids.learn(each),
    },
    foundation: now => createFoundation(told, ids.shared, now),
  }
}

type Told = Map<string, AccountIds | undefined>

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
