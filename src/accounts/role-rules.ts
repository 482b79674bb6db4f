import { refusal } from '../errors.js'
import type { Grant, PersonalGroup, Role } from './grant.js'
import { personalGroups } from './grant.js'

/** What a role may do where its grant does not say otherwise. */
export interface RoleRule {
  /** The personal fields that are shown; the others are null. */
  readonly fields: readonly PersonalGroup[]
  /** Whether something may be started, such as an export. */
  readonly write: boolean
  /** For whom somebody in this role acts: `another` is a session with an actor in it, and no other. */
  readonly actsFor: 'self' | 'another'
}

/** Everybody in one place: the roles differ in nothing that is not in this table. */
export const roleRules: Readonly<Record<Role, RoleRule>> = {
  holder: { fields: personalGroups, write: true, actsFor: 'self' },
  household: { fields: personalGroups, write: true, actsFor: 'self' },
  landlord: { fields: personalGroups, write: true, actsFor: 'self' },
  // The utility's own people see what the customer sees, and leave no trace in the customer's name unless told to.
  agent: { fields: personalGroups, write: false, actsFor: 'another' },
  // Somebody who was given the usage, such as an adviser, needs no name and no address for it.
  third_party: { fields: [], write: false, actsFor: 'self' },
}

/** Whether a grant opens the fields of this group. */
export function isShown(grant: Pick<Grant, 'role' | 'fields'>, group: PersonalGroup): boolean {
  return (grant.fields ?? roleRules[grant.role].fields).includes(group)
}

/** Whether something may be started for the account of this grant. */
export function mayWrite(grant: Pick<Grant, 'role' | 'write'>): boolean {
  return grant.write ?? roleRules[grant.role].write
}

/**
 * For operations that change something.
 *
 * @throws GatewayError `FIELD_NOT_AVAILABLE` when nothing may be started for any of the accounts
 */
export function assertMayWrite(grants: readonly Grant[]): void {
  if (grants.length > 0 && !grants.some(mayWrite)) {
    throw refusal('FIELD_NOT_AVAILABLE', { message: 'This session may look at the account and change nothing.' })
  }
}

/** Whether an export may be started and fetched: its file shows name, address and numbers whatever the role. */
export function mayExport(grant: Pick<Grant, 'role' | 'fields' | 'write'>): boolean {
  return mayWrite(grant) && isShown(grant, 'file') && isShown(grant, 'name') && isShown(grant, 'address') && isShown(grant, 'number')
}
