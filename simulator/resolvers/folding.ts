import type { Account, ServiceAgreement } from '../population/types.js'

/** The agreements of an account; `aliased` leaves out those that another one superseded. */
export function shownAgreements(account: Account, aliased: boolean): readonly ServiceAgreement[] {
  return aliased ? account.agreements.filter(({ supersededBy }) => supersededBy === undefined) : account.agreements
}

/** The agreement that stands for this one when agreements are folded. */
export function successorOf(agreement: ServiceAgreement, account: Account): ServiceAgreement {
  const next = account.agreements.find(({ uuid }) => uuid === agreement.supersededBy)
  return next === undefined ? agreement : successorOf(next, account)
}

/** An agreement and, where it is folded, those it took the place of: these lie in its past. */
export function foldedInto(agreement: ServiceAgreement, account: Account, aliased: boolean): readonly ServiceAgreement[] {
  return aliased ? account.agreements.filter(candidate => successorOf(candidate, account) === agreement) : [agreement]
}
