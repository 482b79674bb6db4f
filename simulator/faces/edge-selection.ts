import { readJson } from '../http/body.js'
import type { Account } from '../population/types.js'

/**
 * Narrows the accounts of an edge token by the header `Opower-Selected-Entities`: a JSON array of URNs or one bare
 * URN, of accounts, customers, external entities or session accounts. It selects among what the token allows and
 * never adds to it; without the header, or with nothing in it that is known, the token alone decides.
 */
export function selectedAccounts(header: string | undefined, allowed: readonly Account[]): readonly Account[] {
  const entities = readEntities(header).filter(isSelector)
  return entities.length === 0 ? allowed : allowed.filter(account => entities.some(entity => names(entity, account)))
}

function readEntities(header: string | undefined): readonly string[] {
  if (header === undefined) return []
  const value = readJson(header)
  const list: readonly unknown[] = Array.isArray(value) ? value : [value ?? header]
  return list.filter(entity => typeof entity === 'string').map(entity => entity.trim())
}

const selectors = ['urn:opower:v1:account:', 'urn:opower:customer:uuid:', 'urn:external:opower:entity:id:', 'urn:session:account:']

/** The provider entry of the newer self-service sites names no account. */
function isSelector(entity: string): boolean {
  return selectors.some(prefix => entity.startsWith(prefix)) && !entity.startsWith('urn:session:account:provider:')
}

function names(entity: string, account: Account): boolean {
  const ids = [account.utilityId, account.accountNumber]
  return (
    entity === account.urn ||
    account.customers.some(({ urn }) => urn === entity) ||
    ids.some(id => entity === `urn:external:opower:entity:id:${id}` || entity === `urn:session:account:${id}`)
  )
}
