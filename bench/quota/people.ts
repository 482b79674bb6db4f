import { accountOf } from '../../simulator/population/build.js'
import { simpleHousehold } from '../../simulator/population/households.js'
import { population } from '../../simulator/population/population.js'
import type { Account, Customer } from '../../simulator/population/types.js'

export interface Person {
  readonly login: string
  readonly premise: string
}

/**
 * So many customers, each with a household of their own, moved into the stand-in's population. It must happen before anything looks
 * at that population.
 */
function moveIn(count: number): readonly Person[] {
  const accounts = population.accounts as Account[]
  const customers = population.customers as Customer[]
  return Array.from({ length: count }, (_each, index) => {
    const login = `customer-${index}`
    const home = simpleHousehold({ label: login, person: `Customer ${index}`, number: 1_000 + index, street: 'Long Road', logins: [login] })
    const account = accountOf(home, accounts.length)
    accounts.push(account)
    customers.push({ login, name: login, role: 'holder', accountUrns: [account.urn] })
    return { login, premise: account.premises[0]?.premise.uuid ?? '' }
  })
}

export const people = moveIn(1_500)
