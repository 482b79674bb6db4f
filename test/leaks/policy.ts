import { visitors } from '../../simulator/demo/grants.js'
import { population } from '../../simulator/population/population.js'
import type { Account } from '../../simulator/population/types.js'
import { nved } from '../../simulator/population/utilities.js'
import { customerIdOf } from '../../simulator/sources/orders/appointments.js'

/** A stretch of time in milliseconds since the epoch, the end not in it; infinite where open. */
export interface Stretch {
  readonly from: number
  readonly until: number
}

/** What one login may see, told from the population alone. Nothing of it comes from the gateway's own rules. */
export interface Entitlement {
  readonly login: string
  readonly accounts: readonly Account[]
  /** Every word, id, number and read canary that may stand in an answer; all others of the population may not. */
  readonly tokens: ReadonlySet<string>
  /** Those that may be sent upstream in the login's name: whoever is masked still asks by whole ids. */
  readonly sendable: ReadonlySet<string>
  /** The stretches in which reads, outages and the like may lie. */
  readonly held: readonly Stretch[]
  /** What bounds bills and statements. */
  readonly granted: Stretch
  /** Names, addresses and numbers are not told. */
  readonly isMasked: boolean
}

/** All who sign in: the population's customers, an adviser and an agent. */
export const logins: readonly string[] = [...population.customers, ...visitors].map(({ login }) => login)

/** What a login may see. */
export function entitlementOf(login: string): Entitlement {
  const found = known.get(login)
  if (found === undefined) throw new TypeError(`nobody signs in as ${login}`)
  return found
}

/** The words, ids and numbers that lead to one account or stand in its data; premises and points may be others' too. */
export function tokensOf(account: Account): readonly string[] {
  return [...publicIds(account), ...personalTokens(account), account.canaries.bill, account.canaries.error, account.canaries.reads].map(
    token => token.toLowerCase(),
  )
}

const always: Stretch = { from: -Infinity, until: Infinity }

function entitle(login: string): Entitlement {
  const visitor = visitors.find(each => each.login === login)
  const holder = visitor?.of ?? login
  // The second utility is not served: its customers see nothing.
  const accounts = population.accounts.filter(each => each.logins.includes(holder) && each.utility.code === nved.code)
  const isMasked = visitor?.role === 'third_party'
  const granted = grantedTime(accounts, visitor?.dataFrom)
  // The field service knows people by a number each, and nobody by somebody else's.
  const own = visitor === undefined ? [customerIdOf(login)] : []
  const sendable = new Set([...accounts.flatMap(tokensOf), ...own])
  // The error word stands in texts of the upstream's own, and those never leave.
  const unspoken = accounts.flatMap(account => [account.canaries.error, ...(isMasked ? personalTokens(account) : [])])
  const silent = new Set(unspoken.map(token => token.toLowerCase()))
  return {
    login,
    accounts,
    sendable,
    tokens: new Set([...sendable].filter(token => !silent.has(token))),
    held: heldBy(accounts)
      .map(({ from, until }) => ({ from: Math.max(from, granted.from), until: Math.min(until, granted.until) }))
      .filter(({ from, until }) => from < until),
    granted,
    isMasked,
  }
}

/** Agreements of the accounts, joined where one follows the other without a gap; an end that nobody recorded opens nothing. */
function heldBy(accounts: readonly Account[]): readonly Stretch[] {
  const each = accounts
    .flatMap(({ agreements }) => agreements)
    .filter(({ active, until }) => active || until !== undefined)
    .map(({ from, until }) => ({ from, until: until ?? Infinity }))
    .sort((a, b) => a.from - b.from)
  return each.reduce<Stretch[]>((joined, next) => {
    const last = joined.at(-1)
    if (last === undefined || next.from > last.until) return [...joined, next]
    return [...joined.slice(0, -1), { from: last.from, until: Math.max(last.until, next.until) }]
  }, [])
}

/** Whoever shares a premise with somebody, or has moved out, sees bills of the own time only; an adviser those since a day. */
function grantedTime(accounts: readonly Account[], since: string | undefined): Stretch {
  const from = since === undefined ? -Infinity : Date.parse(since)
  const [only, ...others] = accounts
  if (only === undefined || others.length > 0) return { ...always, from }
  const isShared = population.accounts.some(
    other => other !== only && other.premises.some(({ premise }) => only.premises.some(own => own.premise.uuid === premise.uuid)),
  )
  const { until = Infinity } = only.occupancy
  return { from: Math.max(from, isShared ? only.occupancy.from : -Infinity), until }
}

function publicIds({ uuid, premises, agreements }: Account): readonly string[] {
  const points = agreements.flatMap(agreement => agreement.points)
  return [
    uuid,
    ...premises.map(({ premise }) => premise.uuid),
    ...agreements.map(agreement => agreement.uuid),
    ...points.flatMap(point => [point.uuid, point.device.uuid]),
  ]
}

/** What tells who or where somebody is. */
function personalTokens({ utilityId, accountNumber, canaries, premises, customers, agreements }: Account): readonly string[] {
  const points = agreements.flatMap(agreement => agreement.points)
  return [
    utilityId,
    accountNumber,
    canaries.name,
    canaries.outage,
    ...premises.flatMap(({ premise }) => [premise.canary, premise.utilityId]),
    ...customers.flatMap(each => [
      each.uuid,
      each.id,
      each.utilityCustomerId,
      each.utilityInternalId,
      each.utilityInternalId2,
      each.accountNumber,
    ]),
    ...agreements.map(agreement => agreement.utilityId),
    ...points.flatMap(point => [...point.utilityId.split('-'), point.device.utilityId]),
  ]
}

const known: ReadonlyMap<string, Entitlement> = new Map(logins.map(login => [login, entitle(login)]))
