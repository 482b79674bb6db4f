import type { AccountIdSource } from '../accounts/account-ids.js'
import type { Grant } from '../accounts/grant.js'
import type { Scope } from '../accounts/scope.js'
import { refusal } from '../errors.js'
import type { Variables } from './argument-values.js'
import { valueNamed } from './argument-values.js'
import type { Leg } from './plan.js'

export interface ChoosingRequest {
  readonly scope: Scope
  readonly variables: Variables
  readonly ids: AccountIdSource
  /** The caller's `Opower-Selected-Entities` header: a selector below the arguments, never sent on. */
  readonly selectedEntities: string | undefined
}

const customerUrn = /^urn:opower:customer:uuid:(.+)$/
const entityUrn = /^urn:(?:external:opower:entity:id|session:account):(.+)$/
const providerUrn = /^urn:session:account:provider:/

/**
 * Refuses what can be refused without asking anybody: every account URN must lie in the scope.
 * One foreign selector refuses the whole operation, so this runs over all legs before anything is looked up.
 *
 * @throws GatewayError `ACCOUNT_NOT_IN_SCOPE`, the same for a foreign account and for one that does not exist.
 */
export function assertOwnAccounts(legs: readonly Leg[], { scope, variables }: Pick<ChoosingRequest, 'scope' | 'variables'>): void {
  for (const leg of legs) for (const urn of accountUrnsOf(leg, variables)) grantOf(scope, urn)
}

/** The grants that a leg is about, in the scope's order. */
export async function chooseAccounts(leg: Leg, request: ChoosingRequest): Promise<readonly Grant[]> {
  return chooseKnown(leg, request) ?? [await grantByIds(leg, request)]
}

/** The same where nobody has to be asked for ids; undefined where somebody has to be. */
export function chooseKnown(leg: Leg, { scope, variables, selectedEntities }: ChoosingRequest): readonly Grant[] | undefined {
  const urns = accountUrnsOf(leg, variables)
  if (leg.rule === 'accounts') return urns.length === 0 ? scope.grants : scope.grants.filter(grant => urns.includes(grant.urn))
  if (scope.grants.length === 0 && !isById(leg)) return []
  if (typeof customerOf(leg, variables) === 'string') return undefined
  const [urn] = urns
  if (urn !== undefined) return [grantOf(scope, urn)]
  return selectedEntities === undefined ? defaultOf(scope.grants, scope) : undefined
}

/** The one grant that is chosen by ids which the scope does not tell. */
async function grantByIds(leg: Leg, request: ChoosingRequest): Promise<Grant> {
  const { scope, variables, selectedEntities = '' } = request
  const [urn] = accountUrnsOf(leg, variables)
  const customer = customerOf(leg, variables)
  if (typeof customer !== 'string') return grantOfEntities(selectedEntities, request)
  return grantOfCustomer(customer, urn === undefined ? undefined : grantOf(scope, urn), request)
}

function customerOf(leg: Leg, variables: Variables): unknown {
  return valueNamed(leg.arguments, 'singlePremise', variables)
}

/** `account(urn:)` has no meaning without its account. */
function isById(leg: Leg): boolean {
  return leg.arguments.some(argument => argument.name === 'urn')
}

const accountSelectors = ['byURNs', 'selectedAccount', 'urn']

function accountUrnsOf(leg: Leg, variables: Variables): readonly string[] {
  const urns: string[] = []
  for (const name of accountSelectors) {
    const value = valueNamed(leg.arguments, name, variables)
    if (typeof value === 'string') urns.push(value)
    else if (Array.isArray(value)) urns.push(...value.filter(each => typeof each === 'string'))
  }
  return urns
}

function grantOf(scope: Scope, urn: string): Grant {
  const grant = scope.byUrn.get(urn)
  if (grant === undefined) throw refusal('ACCOUNT_NOT_IN_SCOPE')
  return grant
}

function defaultOf(candidates: readonly Grant[], scope: Scope): readonly Grant[] {
  const preferred = candidates.find(grant => grant.urn === scope.defaultUrn) ?? candidates[0]
  return preferred === undefined ? [] : [preferred]
}

/** A customer URN stands for one premise; several accounts may hold it. Only the scope's own accounts are candidates. */
async function grantOfCustomer(urn: string, selected: Grant | undefined, request: ChoosingRequest): Promise<Grant> {
  const uuid = customerUrn.exec(urn)?.[1]
  if (uuid === undefined) throw refusal('ACCOUNT_NOT_IN_SCOPE')
  const among = selected === undefined ? request.scope.grants : [selected]
  const [grant] = defaultOf(await holders(among, request, ids => ids.customers.has(uuid)), request.scope)
  if (grant === undefined) throw refusal('ACCOUNT_NOT_IN_SCOPE')
  return grant
}

type Ids = NonNullable<ReturnType<AccountIdSource['known']>>

async function holders(among: readonly Grant[], request: ChoosingRequest, holds: (ids: Ids) => boolean): Promise<Grant[]> {
  const ids = await request.ids.load(among.map(grant => grant.urn))
  return among.filter(grant => {
    const own = ids.get(grant.urn)
    return own !== undefined && holds(own)
  })
}

/** Every entity that the header names must be the customer's own; they are intersected. */
async function grantOfEntities(header: string, request: ChoosingRequest): Promise<Grant> {
  let candidates: readonly Grant[] = request.scope.grants
  for (const entity of readEntities(header)) {
    if (providerUrn.test(entity)) continue
    candidates = await holdersOfEntity(entity, candidates, request)
  }
  const [grant] = defaultOf(candidates, request.scope)
  if (grant === undefined) throw refusal('ACCOUNT_NOT_IN_SCOPE')
  return grant
}

async function holdersOfEntity(entity: string, among: readonly Grant[], request: ChoosingRequest): Promise<readonly Grant[]> {
  const customer = customerUrn.exec(entity)?.[1]
  const utilityId = entityUrn.exec(entity)?.[1]
  if (customer !== undefined) return holders(among, request, ids => ids.customers.has(customer))
  if (utilityId !== undefined) return holders(among, request, ids => ids.utilityId === utilityId)
  return among.filter(grant => grant.urn === entity)
}

/** A JSON array of URNs, or one bare URN. */
function readEntities(header: string): readonly string[] {
  if (!header.trimStart().startsWith('[')) return [header.trim()]
  try {
    const parsed: unknown = JSON.parse(header)
    if (Array.isArray(parsed) && parsed.every(each => typeof each === 'string')) return parsed
  } catch {
    // Falls through: what cannot be read selects nothing that is the customer's own.
  }
  throw refusal('ACCOUNT_NOT_IN_SCOPE')
}
