import type { LinkRule } from './access-rules.js'
import type { Where } from './proof.js'

/** Whether a join key is the account's own: a join can never widen what the customer sees. */
export function isOwnKey(kind: LinkRule['key'], key: string, { ids, grant }: Where): boolean {
  switch (kind) {
    case 'public':
      return true
    case 'account':
      return key === grant.urn
    case 'account-number':
      return ids?.accountNumber === key
    case 'utility-id':
      return ids?.utilityId === key
    case 'customer':
      return ids?.customers.has(key) === true
    case 'agreement':
      return ids?.agreements.has(key) === true
    case 'point':
      return ids?.points.has(key) === true
    case 'premise':
      return ids?.premises.has(key) === true
    case 'person':
    case 'export-job':
      return false
  }
}
