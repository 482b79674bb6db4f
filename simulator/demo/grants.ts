import type { Account, Customer, Population } from '../population/types.js'

/** One account that a demo customer may see, as the directory and the token spell it. */
export interface DemoGrant {
  readonly urn: string
  readonly role: string
  /** ISO 8601 instants: the time somebody lived there, and no other, is theirs to see. */
  readonly dataFrom?: string
  readonly dataUntil?: string
}

/** What one demo customer may see, in population order. */
export function grantsOf(customer: Customer, population: Population): DemoGrant[] {
  const granted = new Set(customer.accountUrns)
  return population.accounts.filter(({ urn }) => granted.has(urn)).map(account => toGrant(account, customer))
}

function toGrant({ urn, occupancy }: Account, { role }: Customer): DemoGrant {
  const dataFrom = toInstant(occupancy.from)
  return { urn, role, dataFrom, ...(occupancy.until === undefined ? {} : { dataUntil: toInstant(occupancy.until) }) }
}

function toInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z')
}
