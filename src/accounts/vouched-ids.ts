import type { AccountIds } from './account-ids.js'
import type { Grant } from './grant.js'

/**
 * The ids as the account directory bears them out. Where a grant names the account's premises by the utility's own numbers, what the
 * source says of any other premise, and of a point that stands at one, is about somebody else: two lists of one source may be wrong alike.
 * A point of which no premise is told stays what it was: proven by the account around it. Where something was taken away, one of the
 * two is wrong, and the rest is not certain.
 */
export function vouchedIds(ids: AccountIds, grant: Pick<Grant, 'premises'> | undefined): AccountIds {
  const numbers = grant?.premises
  if (numbers === undefined) return ids
  const isVouched = (premise: string): boolean => numbers.includes(ids.premiseNumbers?.get(premise) ?? '')
  const isOwnPoint = (point: string): boolean => {
    const premise = ids.premiseOfPoint?.get(point)
    return premise === undefined || isVouched(premise)
  }
  const points = new Map([...ids.points].filter(([point]) => isOwnPoint(point)))
  const premises = new Map([...ids.premises].filter(([premise]) => isVouched(premise)))
  if (points.size === ids.points.size && premises.size === ids.premises.size) return ids
  const agreements = new Map([...ids.agreements].map(([agreement, own]) => [agreement, new Set([...own].filter(isOwnPoint))]))
  return { ...ids, agreements, points, premises, isCertain: false }
}
