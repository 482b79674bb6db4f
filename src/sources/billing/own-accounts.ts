import type { AccountIds } from '../../accounts/account-ids.js'
import { grantPeriod } from '../../accounts/grant-period.js'
import type { Scope } from '../../accounts/scope.js'
import type { Occupancy } from '../../plan/interval.js'
import { intersect, isEmpty, mergePeriods } from '../../plan/interval.js'

/** One account of the request's scope, as billing knows accounts: by a number, and by when that number was the account's. */
export interface OwnAccount {
  readonly urn: string
  readonly accountNumber: string
  /** Never empty: an account that had no time of its own owns nothing. */
  readonly periods: Occupancy
}

/** What billing's resolvers find on the context of a request. Without it they answer nothing. */
export interface BillingContext {
  /** The accounts of the scope; asked at most once for each field, so it may look ids up. */
  readonly ownAccounts: () => Promise<readonly OwnAccount[]>
  /** Hears of each transaction once it is over, as hooks do of calls over HTTP. Must not throw. */
  readonly onBillingCall?: (call: BillingCall) => void
}

/** One transaction with the billing database. */
export interface BillingCall {
  readonly result: 'ok' | 'timeout' | 'unavailable' | 'refused'
  readonly ms: number
}

/**
 * The scope's accounts with their numbers and times: while their agreements held, within what the grant opens. An
 * account whose ids are not known as a whole, or that has no number, is not among them.
 */
export function ownAccountsOf(scope: Scope, ids: ReadonlyMap<string, AccountIds>): readonly OwnAccount[] {
  return scope.grants.flatMap(grant => {
    const { accountNumber, points, isCut } = ids.get(grant.urn) ?? {}
    if (accountNumber === undefined || accountNumber === '' || points === undefined || isCut === true) return []
    const held = mergePeriods([...points.values()].flat())
    const periods = held.map(period => intersect(period, grantPeriod(grant))).filter(period => !isEmpty(period))
    return periods.length === 0 ? [] : [{ urn: grant.urn, accountNumber, periods }]
  })
}
