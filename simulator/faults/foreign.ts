import type { Account, Population } from '../population/types.js'

/** Where another account's data can appear in an answer. */
export const foreignPlaces = ['node', 'edge', 'segment', 'premise', 'point', 'error'] as const
export type ForeignPlace = (typeof foreignPlaces)[number]

/**
 * An account of the same utility that shares neither a login nor a premise with any of `own`, and has a premise,
 * a point with reads and a forecast of its own: whatever of it appears in an answer is foreign there.
 */
export function strangerTo(own: readonly Account[], population: Population, utilityCode: string): Account | undefined {
  const logins = new Set(own.flatMap(account => account.logins))
  const premises = new Set(own.flatMap(account => account.premises.map(({ premise }) => premise.uuid)))
  const urns = new Set(own.map(account => account.urn))
  return population.accounts.find(account => {
    if (account.utility.code !== utilityCode || urns.has(account.urn) || !account.hasForecast || account.premises.length === 0) return false
    return !account.logins.some(login => logins.has(login)) && !account.premises.some(({ premise }) => premises.has(premise.uuid))
  })
}
