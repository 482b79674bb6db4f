import type { Account } from '../../simulator/population/types.js'
import { population } from '../../simulator/population/population.js'

/** Account URN and uuid that nobody has, spelled as real ones are. */
export const nobodysUuid = '0d0d0d0d-0d0d-11ee-8a7b-0200170abcde'
export const nobodysUrn = `urn:opower:v1:account:nved:uuid:${nobodysUuid}`

/** The accounts that a login may see, in population order. */
export function accountsOf(login: string): readonly Account[] {
  return population.accounts.filter(({ logins }) => logins.includes(login))
}

export function accountOf(login: string): Account {
  const [account] = accountsOf(login)
  if (account === undefined) throw new TypeError(`expected ${login} to have an account, but got none`)
  return account
}

export function urnsOf(login: string): readonly string[] {
  return accountsOf(login).map(({ urn }) => urn)
}

/**
 * The canaries in a text that belong to accounts which are not the login's own: names, bills, outages and errors as
 * words, reads as the last four of six decimals. An address is shared by everybody who ever lived there.
 */
export function leaksIn(text: string, login: string): readonly string[] {
  const own = accountsOf(login)
  const shared = new Set(own.flatMap(({ premises }) => premises.map(({ premise }) => premise.canary)))
  return population.accounts.flatMap(account => (own.includes(account) ? [] : canariesIn(text, account))).filter(word => !shared.has(word))
}

/** The canaries of one account that occur in a text. */
export function canariesIn(text: string, { canaries, premises }: Account): readonly string[] {
  const words = [canaries.name, canaries.bill, canaries.outage, canaries.error, ...premises.map(({ premise }) => premise.canary)]
  const reads = new RegExp(`\\.\\d\\d${canaries.reads}(?!\\d)`).test(text) ? [canaries.reads] : []
  return [...words.filter(word => text.includes(word)), ...reads]
}
