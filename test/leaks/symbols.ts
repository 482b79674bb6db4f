import { population } from '../../simulator/population/population.js'
import { customerIdOf, customerIds } from '../../simulator/sources/orders/appointments.js'
import { nobodysUrn, nobodysUuid } from '../journeys/people.js'
import { entitlementOf } from './policy.js'

/** What an id names. */
export const idKinds = [
  'account',
  'customer',
  'customerUuid',
  'premise',
  'agreement',
  'point',
  'person',
  'utilityId',
  'job',
  'cursor',
] as const
export type IdKind = (typeof idKinds)[number]

/** Whose it is, seen from whoever asks: `odd` is one's own or somebody else's, spelled otherwise. */
export type Whose = 'own' | 'other' | 'nobody' | 'odd'

/** An id in a document before it is known who asks: the same text serves several people, each with ids of their own. */
export function symbolOf(kind: IdKind, whose: Whose, index: number): string {
  return `§${kind}:${whose}:${index}§`
}

/** Jobs and cursors that were answered so far, newest first. */
export interface Found {
  readonly jobs: readonly { readonly login: string; readonly value: string }[]
  readonly cursors: readonly { readonly login: string; readonly value: string }[]
}

/** Every symbol in a text replaced by the id that it is for this login. */
export function resolved(text: string, login: string, found: Found): string {
  return text.replace(/§(\w+):(\w+):(\d+)§/g, (_symbol, kind: string, whose: string, index: string) =>
    idOf(idKinds.find(each => each === kind) ?? 'account', whose, Number(index), login, found),
  )
}

function idOf(kind: IdKind, whose: string, index: number, login: string, found: Found): string {
  if (whose === 'nobody') return nobodys(kind)
  if (whose === 'odd') return odd(idOf(kind, index % 2 === 0 ? 'own' : 'other', index >> 3, login, found), index)
  const ids = whose === 'own' ? ownIds(kind, login, found) : otherIds(kind, login, found)
  return ids[index % Math.max(ids.length, 1)] ?? nobodys(kind)
}

function nobodys(kind: IdKind): string {
  if (kind === 'account') return nobodysUrn
  if (kind === 'customer') return `urn:opower:customer:uuid:${nobodysUuid}`
  return kind === 'person' || kind === 'utilityId' ? '000000001' : nobodysUuid
}

function ownIds(kind: IdKind, login: string, found: Found): readonly string[] {
  if (kind === 'job') return found.jobs.filter(each => each.login === login).map(({ value }) => value)
  if (kind === 'cursor') return found.cursors.filter(each => each.login === login).map(({ value }) => value)
  if (kind === 'person') return [customerIdOf(login)]
  return entitlementOf(login).accounts.flatMap(account => idsOf(kind, account))
}

function otherIds(kind: IdKind, login: string, found: Found): readonly string[] {
  if (kind === 'job') return found.jobs.filter(each => each.login !== login).map(({ value }) => value)
  if (kind === 'cursor') return [...found.cursors.filter(each => each.login !== login).map(({ value }) => value), ...madeUp]
  if (kind === 'person') return customerIds.filter(number => number !== customerIdOf(login))
  const own = new Set(ownIds(kind, login, found))
  return (byKind.get(kind) ?? []).filter(id => !own.has(id))
}

type Account = (typeof population.accounts)[number]

function idsOf(kind: IdKind, { urn, utilityId, customers, premises, agreements }: Account): readonly string[] {
  switch (kind) {
    case 'account':
      return [urn]
    case 'utilityId':
      return [utilityId]
    case 'customer':
      return customers.map(customer => customer.urn)
    case 'customerUuid':
      return customers.map(customer => customer.uuid)
    case 'premise':
      return premises.map(({ premise }) => premise.uuid)
    case 'agreement':
      return agreements.map(({ uuid }) => uuid)
    case 'point':
      return agreements.flatMap(({ points }) => points.map(({ uuid }) => uuid))
    case 'person':
    case 'job':
    case 'cursor':
      return []
  }
}

/** All ids of a kind, in population order; those who share a place have it once each. */
const byKind: ReadonlyMap<IdKind, readonly string[]> = new Map(
  idKinds.map(kind => [kind, population.accounts.flatMap(account => idsOf(kind, account))]),
)

/** Cursors as the upstream writes them, into the lists of others. */
const madeUp: readonly string[] = population.accounts
  .slice(0, 12)
  .flatMap(({ uuid, agreements }) => [
    base64(`accounts|nved||${agreements.length}`),
    base64(`premises|${uuid}||-1`),
    base64(`agreements|${uuid}||0`),
    ...agreements.map(agreement => base64(`points|${agreement.uuid}||0`)),
  ])

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** Spellings that somebody careless might take for the same id. */
function odd(id: string, index: number): string {
  const spellings = [
    id.toUpperCase(),
    ` ${id}`,
    `${id} `,
    id.replaceAll(':', '%3A'),
    id.replace(':nved:', ':rvgl:'),
    `${id},${nobodysUrn}`,
    id.replace('0', '\u06f0'),
    id.slice(0, -1),
  ]
  return spellings[index % spellings.length] ?? id
}
