import { digest } from '../accounts/scope.js'
import type { CacheRule, CacheRules, CacheSettings } from '../cache/cache-rules.js'
import type { EntryStore } from '../cache/entry-store.js'
import { cacheTimes } from '../cache/time-to-live.js'
import type { Variables } from '../plan/argument-values.js'
import type { BoundOperation } from '../plan/bind.js'
import type { OperationPlan } from '../plan/plan.js'
import { coordinateOf } from '../plan/selection.js'
import type { WindowStore } from './window-store.js'
import { createWindowStore } from './window-store.js'

/** What an execution may use of the cache: its scope's own share. */
export interface WindowLease {
  readonly store: WindowStore
  /** Names the scope, or the person, and what was withdrawn: part of every key. */
  readonly share: string
  /** How long reads live. */
  readonly rule: CacheRule
  /** How long the answer without its series may be kept, milliseconds. */
  readonly aroundMs: number
  readonly onJoined: (joined: Joined) => void
}

/** What is told of an answer that was put together from windows. */
export interface Joined {
  /** In how many executions what was missing of it was fetched. */
  readonly calls: number
  /** Until when all that was kept of it is good, milliseconds since the epoch; infinite where nothing was. */
  readonly until: number
}

export interface LenderOptions extends CacheSettings {
  readonly rules: CacheRules
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Where windows lie, beside the answers. @default 64 MB of this process's memory */
  readonly entries?: EntryStore
}

interface Operation {
  readonly plan: OperationPlan
  readonly bound: BoundOperation
  readonly variables: Variables
}

/**
 * The cache stands before the execution and knows nothing of how it is done; the bound operation is all that both see.
 */
const leases = new WeakMap<BoundOperation, WindowLease>()

/**
 * Makes what lends windows to the execution of an operation, where its rules let both its series and the rest of it be kept.
 *
 * @returns a function of the operation and of everything that decides whose it is: nothing is shared between two of those
 */
export function createWindowLender(options: LenderOptions) {
  const { rules, now, settlingDays, ttlScale } = options
  const store = createWindowStore(options)
  return function lendWindows(operation: Operation, owners: readonly string[], onJoined: WindowLease['onJoined']): void {
    const { plan, bound, variables } = operation
    const [first] = plan.series?.fields ?? []
    const coordinate = first === undefined ? '' : coordinateOf(first.field.selected)
    const rule = rules[coordinate]
    if (rule === undefined) return
    const around = { rules, roots: plan.roots, variables, now: now(), settlingDays, ttlScale, without: coordinate }
    const { freshMs } = cacheTimes(around)
    if (freshMs > 0) leases.set(bound, { store, share: digest(owners), rule, aroundMs: freshMs, onJoined })
  }
}

export function leaseOf(bound: BoundOperation): WindowLease | undefined {
  return leases.get(bound)
}
