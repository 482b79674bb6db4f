import { LRUCache } from 'lru-cache'

export interface CustomerLimitOptions {
  /** Calls that one customer may start in a minute. */
  readonly perMinute: number
  /** Customers that are remembered; the one who was quiet longest is forgotten first. @default 20000 */
  readonly customers?: number
}

export interface CustomerLimit {
  /** How long until this customer may start one more call, milliseconds; 0 for now. */
  waitMs(customer: string, now: number): number
  charge(customer: string, now: number): void
}

/**
 * What one customer may cost: as many calls at once as go into a minute, which come back evenly. One number for each customer, the time
 * at which all that was spent has come back.
 */
export function createCustomerLimit({ perMinute, customers = 20_000 }: CustomerLimitOptions): CustomerLimit {
  const minuteMs = 60_000
  const eachMs = minuteMs / perMinute
  const paidBackAt = new LRUCache<string, number>({ max: customers })
  return {
    waitMs: (customer, now) => Math.max(0, (paidBackAt.get(customer) ?? 0) + eachMs - minuteMs - now),
    charge: (customer, now) => void paidBackAt.set(customer, Math.max(now, paidBackAt.get(customer) ?? 0) + eachMs),
  }
}
