import type { GatewayError } from '../errors.js'
import { budgetExhausted } from './budget-exhausted.js'
import type { Clock } from './clock.js'
import type { CustomerLimit } from './customer-limit.js'
import type { BudgetStatus, DailyBudget } from './daily-budget.js'
import type { Ticket } from './fair-queue.js'

/** What calls are counted against, beside the second's. */
export interface CallLimits {
  readonly budget: DailyBudget
  readonly customers: CustomerLimit
  /** The same for the programs that customers use. @default no limit */
  readonly clients?: CustomerLimit
  readonly clock: Clock
}

export interface Rationing extends CallLimits {
  readonly ahead: AheadOfNeed
}

/** Whose call it is. */
export interface Caller extends Ticket {
  /** The program that the customer uses, where the session names it. */
  readonly client?: string | undefined
}

/** How long background work is sent away while the day is short. */
const laterMs = 60_000
/** So much of the day is kept for customers who wait. */
const keptShare = 0.05

/** Counts the day's calls that nobody waits for: what is asked ahead of need may never take the place of what is needed. */
export class AheadOfNeed {
  readonly #perDay: number
  #day = 0
  #made = 0

  constructor(perDay = Infinity) {
    this.#perDay = perDay
  }

  isSpent(wall: number): boolean {
    return this.#madeOn(wall) >= this.#perDay
  }

  begin(wall: number): void {
    this.#made = this.#madeOn(wall) + 1
  }

  #madeOn(wall: number): number {
    const day = Math.floor(wall / 86_400_000)
    if (day > this.#day) [this.#day, this.#made] = [day, 0]
    return this.#made
  }
}

/** What all requests of one moment are judged by. */
export interface Moment {
  readonly budget: BudgetStatus
  readonly wall: number
  readonly now: number
}

export function momentOf({ budget, clock }: Rationing): Moment {
  const wall = clock.wall()
  return { budget: budget.status(wall), wall, now: clock.now() }
}

/** Why no call may be spent on it at this moment, whoever else waits. */
export function dropAtOnce(
  { customer, client, priority }: Caller,
  options: Rationing,
  { budget, wall, now }: Moment,
): GatewayError | undefined {
  const { customers, clients, ahead } = options
  const { remaining, spent, pressure, msToMidnight } = budget
  if (remaining === 0) return budgetExhausted('the day is used up', msToMidnight)
  const isKept = remaining <= keptShare * (remaining + spent)
  if (priority === 'background' && pressure >= 2) return budgetExhausted('only more urgent calls are made for the rest of the day', laterMs)
  if (priority === 'background' && ahead.isSpent(wall))
    return budgetExhausted('only more urgent calls are made for the rest of the day', msToMidnight)
  if (priority === 'ordinary' && isKept) return budgetExhausted('only more urgent calls are made for the rest of the day', msToMidnight)
  const waitMs = customers.waitMs(customer, now)
  if (waitMs > 0) return budgetExhausted('this customer has used up the minute', waitMs)
  const clientMs = client === undefined ? 0 : (clients?.waitMs(client, now) ?? 0)
  return clientMs > 0 ? budgetExhausted('this program has used up the minute', clientMs) : undefined
}
