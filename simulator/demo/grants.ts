import type { Account, Customer, Population } from '../population/types.js'

/** One account that somebody in the demo may see, as the directory spells it. */
export interface DemoGrant {
  readonly urn: string
  readonly role: string
  readonly reason?: string
  /** The utility's own numbers of the premises. */
  readonly premises?: readonly string[]
  /** ISO 8601 instants; given where somebody else has lived there too, or where the account has ended. */
  readonly dataFrom?: string
  readonly dataUntil?: string
}

/** Somebody who signs in without being a customer: no account of the population is theirs. */
export interface Visitor {
  readonly login: string
  readonly name: string
  /** The customer whose account they see. */
  readonly of: string
  readonly role: 'third_party' | 'agent'
  /** Agents act for the customer: the token is about the customer and names the agent beside it. */
  readonly reason?: string
  readonly dataFrom?: string
}

export const visitors: readonly Visitor[] = [
  // An energy adviser who was given a stretch of usage: no name, no address.
  { login: 'theo', name: 'Theo', of: 'alice', role: 'third_party', dataFrom: '2026-01-01T05:00:00Z' },
  { login: 'agnes', name: 'Agnes', of: 'alice', role: 'agent', reason: 'Call about the bill of October' },
]

/** What a visitor may see of the customer's accounts. */
export function grantsOfVisitor({ of, role, reason, dataFrom }: Visitor, population: Population): DemoGrant[] {
  const customer = population.customers.find(({ login }) => login === of)
  if (customer === undefined) throw new TypeError(`expected ${of} among the customers of the demo`)
  const own = { ...(reason === undefined ? {} : { reason }), ...(dataFrom === undefined ? {} : { dataFrom }) }
  return grantsOf(customer, population).map(grant => ({ ...grant, role, ...own }))
}

/** What one demo customer may see, in population order. */
export function grantsOf({ accountUrns, role }: Customer, population: Population): DemoGrant[] {
  const granted = new Set(accountUrns)
  return population.accounts
    .filter(({ urn }) => granted.has(urn))
    .map(account => ({ urn: account.urn, role, ...placesOf(account), ...periodOf(account, population) }))
}

function placesOf({ premises }: Account): Pick<DemoGrant, 'premises'> {
  return premises.length === 0 ? {} : { premises: premises.map(({ premise }) => premise.utilityId) }
}

/** The same in the fewest characters, for a token: without premises, and a holder's account without bounds is its URN alone. */
export function claimOf(grants: readonly DemoGrant[]): (DemoGrant | string)[] {
  return grants.map(({ premises: _places, ...grant }) => {
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
