import type { Account, Customer, Population } from '../population/types.js'

/** One account that a demo customer may see, as the directory spells it. */
export interface DemoGrant {
  readonly urn: string
  readonly role: string
  /** ISO 8601 instants; given where somebody else has lived there too, or where the account has ended. */
  readonly dataFrom?: string
  readonly dataUntil?: string
}

/** What one demo customer may see, in population order. */
export function grantsOf({ accountUrns, role }: Customer, population: Population): DemoGrant[] {
  const granted = new Set(accountUrns)
  return population.accounts
    .filter(({ urn }) => granted.has(urn))
    .map(account => ({ urn: account.urn, role, ...periodOf(account, population) }))
}

/** The same in the fewest characters, for a token: a holder's account without bounds is its URN alone. */
export function claimOf(customer: Customer, population: Population): (DemoGrant | string)[] {
  return grantsOf(customer, population).map(grant => {
    const isPlain = grant.role === 'holder' && grant.dataFrom === undefined && grant.dataUntil === undefined
    return isPlain ? grant.urn : grant
  })
}

/** A meter keeps its whole history: where it had several occupants the directory says whose time is whose. */
function periodOf(account: Account, { accounts }: Population): Pick<DemoGrant, 'dataFrom' | 'dataUntil'> {
  const { from, until } = account.occupancy
  const isShared = accounts.some(other => other.urn !== account.urn && sharesPremise(other, account))
  if (!isShared && until === undefined) return {}
  return { dataFrom: toInstant(from), ...(until === undefined ? {} : { dataUntil: toInstant(until) }) }
}

function sharesPremise(one: Account, other: Account): boolean {
  const uuids = new Set(one.premises.map(({ premise }) => premise.uuid))
  return other.premises.some(({ premise }) => uuids.has(premise.uuid))
}

function toInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z')
}
