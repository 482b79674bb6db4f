import type { GraphQLSchema } from 'graphql'
import type { ArgumentRule, IdKind, IdRule, RootRule, SourceAccess, TimeRule, TypeRule } from '../plan/access-rules.js'
import { argumentAt } from './schema-places.js'

const kinds: Readonly<Record<IdKind, string>> = {
  account: 'an account, by URN',
  'account-number': 'an account, by its number',
  'utility-id': 'an account, by the utility’s own key',
  customer: 'a customer record',
  agreement: 'an agreement',
  point: 'a service point',
  premise: 'a premise',
  person: 'this very person, by a number that the directory proves',
  'export-job': 'an export job',
}

/** What an id of this kind names. */
export function explainKind(kind: IdKind): string {
  return kinds[kind]
}

/** How a root is answered, and whose its answer is. */
export function explainRoot(rule: RootRule, type: TypeRule | undefined): readonly [string, string] {
  if (rule === 'accounts') return ['accounts of the scope, paged by the gateway', 'the accounts']
  if (rule === 'account') return ['one account of the scope', 'the account']
  if (rule === 'viewer') return ['the person behind the session; made by the gateway', 'the person']
  if (rule === 'source') return ['what its source says, as far as each object proves whose it is', ownerBy(type)]
  if (rule === 'export-job') return ['a job that this very person started', 'the person']
  return ['starts a job for accounts of the scope', 'the person']
}

function ownerBy(type: TypeRule | undefined): string {
  if (type?.proof === 'public') return 'nobody'
  return type?.proof === 'witness' && type.kind === 'person' ? 'the person' : 'the accounts'
}

/** What an argument chooses, what it means when it is not given, and what happens to an id that is not the customer's own. */
export function explainArgument(
  schema: GraphQLSchema,
  access: SourceAccess,
  coordinate: string,
  rule: ArgumentRule,
): readonly [string, string, string] {
  if (rule.chooses === 'nothing') return ['nothing: it looks like an id and is none', '', '']
  if (rule.chooses === 'members') return ['by its members, below', '', '']
  if (rule.chooses === 'cursor') return ['a place in a list', 'the beginning or the end', 'refused']
  if (rule.chooses === 'time')
    return [`a time, narrowed to ${ownTime(rule.by)}`, 'all of it, clipped in the answer', 'an empty answer; nothing is sent']
  const foreign =
    rule.foreign === 'refuse' ? 'the whole operation is refused with `ACCOUNT_NOT_IN_SCOPE`' : 'an empty answer; nothing is sent'
  const held = rule.when === 'occupied' ? ', held now' : ''
  return [`${explainKind(rule.chooses)}${held}`, absent(schema, access, coordinate, rule), foreign]
}

/** By what an object of a type proves whose it is. */
export function explainProof(rule: TypeRule): string {
  if (rule.proof === 'public') return 'public: nobody’s'
  if (rule.proof === 'containment') return 'containment only'
  return `own witness \`${rule.path.join('.')}\`: ${explainKind(rule.kind)}`
}

/** What time takes away. */
export function explainTime(rule: TimeRule): string {
  if (rule.clip === 'year-before') return 'null unless the account held the place a year earlier'
  if (rule.clip === 'today')
    return rule.by === 'grant' ? 'null once the time that the grant opens is over' : 'null unless the account holds the place today'
  if (rule.clip === 'interval') return `narrowed to ${ownTime(rule.by)}`
  return `left out unless \`${rule.field}\` lies in ${ownTime(rule.by)}`
}

function ownTime(by: 'occupancy' | 'grant'): string {
  return by === 'grant' ? 'the grant’s time' : 'the time in which the account held the place, and the grant’s'
}

function absent(schema: GraphQLSchema, access: SourceAccess, coordinate: string, rule: IdRule): string {
  if (rule.omitted === 'fill') return 'all granted accounts and what is theirs'
  if (coordinate in access.inputs) return 'chooses nothing'
  if (String(argumentAt(schema, coordinate)?.type).endsWith('!')) return 'not possible'
  const root: RootRule | undefined = access.roots[coordinate.replace(/\(.*$/, '')]
  if (root === 'accounts' || root === 'export-start') return 'all granted accounts'
  if (root === 'source') return 'chooses nothing'
  if (root === 'account') return 'the selected entity, else the default account'
  return 'all of the account above'
}
