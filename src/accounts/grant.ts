/** In what capacity somebody sees an account. */
export const roles = ['holder', 'household', 'agent', 'landlord', 'third_party'] as const
export type Role = (typeof roles)[number]

/** Kinds of fields that tell who somebody is: which fields those are is in each source's access rules. */
export const personalGroups = ['name', 'address', 'number', 'record', 'file'] as const
export type PersonalGroup = (typeof personalGroups)[number]

/** One account that a subject may see. */
export interface Grant {
  /** `urn:opower:v1:account:<utilityCode>:uuid:<uuid>`, compared as a whole value only. */
  readonly urn: string
  readonly role: Role
  /** The personal fields that are shown, in place of what the role shows (`role-rules.ts`). */
  readonly fields?: readonly PersonalGroup[]
  /** Whether something may be started for the account, in place of what the role says. */
  readonly write?: boolean
  /** Why somebody acts for the customer; kept for the audit log. */
  readonly reason?: string
  /** The utility's own numbers of all premises that the account has had: no other place is taken for the account's. */
  readonly premises?: readonly string[]
  /** When the grant itself holds, in milliseconds since the epoch; open where absent. */
  readonly validFrom?: number
  readonly validUntil?: number
  /** Which stretch of time the grant opens, in milliseconds since the epoch, end exclusive; open where absent. */
  readonly dataFrom?: number
  readonly dataUntil?: number
}

/** What a directory says of one subject. The order is the directory's and decides the order of pages. */
export interface GrantSet {
  readonly grants: readonly Grant[]
  /** The account shown when a customer names none; the first grant where absent. */
  readonly defaultUrn?: string
  /** The numbers under which the utility's other systems know this very person. */
  readonly customerIds?: readonly string[]
  /** Changes whenever the mapping does; a part of every cache key. */
  readonly version: string
}
