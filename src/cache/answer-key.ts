import type { Scope } from '../accounts/scope.js'
import { digest } from '../accounts/scope.js'
import type { Variables } from '../plan/argument-values.js'
import type { BoundOperation } from '../plan/bind.js'
import type { OperationPlan } from '../plan/plan.js'
import type { CacheRules } from './cache-rules.js'
import type { CacheChanges } from './tags.js'
import { tagsTouched } from './tags.js'

/** What is known of an operation once it has passed wall one. */
export interface KeyedOperation {
  readonly plan: OperationPlan
  readonly variables: Variables
  readonly bound: BoundOperation
  readonly selectedEntities: string | undefined
  readonly customer: { readonly scope: Scope }
}

/** By what it is told whether what is kept for an operation must be forgotten: its accounts, and the tags of what it touches. */
export interface Stamped {
  readonly accounts: readonly string[]
  readonly tags: readonly string[]
}

export function scopeKeyOf({ plan, customer }: Pick<KeyedOperation, 'plan' | 'customer'>): string {
  return plan.personal ? customer.scope.personKey : customer.scope.key
}

/**
 * Everything that decides whose an answer is.
 *
 * @param stamp of what `stampedBy` tells, at the moment
 */
export function ownersOf(operation: KeyedOperation, stamp: string): readonly string[] {
  return [operation.selectedEntities ?? '', scopeKeyOf(operation), stamp]
}

/**
 * What wall one made of the variables is part of it: once an account is known to have ended earlier, its older answers are out of reach. They
 * stand in the order in which the plan coerced and bound them, so that equal ones are spelled alike without being sorted.
 */
export function keyUnder(owners: readonly string[], { plan, variables, bound }: KeyedOperation): string {
  return digest([plan.key, JSON.stringify(variables), JSON.stringify(bound.variables), ...owners])
}

const tagsOfPlan = new WeakMap<OperationPlan, readonly string[]>()

/** Both lists are the scope's and the plan's own: whoever keeps them holds on to nothing else of the request. */
export function stampedBy({ customer, plan }: Pick<KeyedOperation, 'plan' | 'customer'>, rules: CacheRules): Stamped {
  const tags = tagsOfPlan.get(plan) ?? tagsTouched(plan.coordinates, rules)
  tagsOfPlan.set(plan, tags)
  return { accounts: customer.scope.urns, tags }
}

/** What a mutation may have changed of what is kept: of each account that it was about, by tag. */
export function changedBy(
  { plan, bound, customer }: Pick<KeyedOperation, 'plan' | 'bound' | 'customer'>,
  changes: CacheChanges,
): readonly { readonly account: string; readonly tag: string }[] {
  const tags = [...plan.coordinates].flatMap(coordinate => changes[coordinate] ?? [])
  const accounts = bound.urns.length > 0 ? bound.urns : customer.scope.urns
  return accounts.flatMap(account => tags.map(tag => ({ account, tag })))
}
