import { accountOf } from './build.js'
import { farNeighbours, fatimasFlats, neighbours } from './buildings.js'
import { aliceAndHanna, bruno, carmenHome, carmenShop, doraThenEmil, iris, sol, vera } from './households.js'
import type { Account, Customer, CustomerRole, Population } from './types.js'
import { utilities } from './utilities.js'

/** The demo's people, with the capacity in which they see their accounts. */
const people: readonly { readonly login: string; readonly name: string; readonly role: CustomerRole }[] = [
  { login: 'alice', name: 'Alice', role: 'holder' },
  { login: 'hanna', name: 'Hanna', role: 'household' },
  { login: 'bruno', name: 'Bruno', role: 'holder' },
  { login: 'carmen', name: 'Carmen', role: 'holder' },
  { login: 'dora', name: 'Dora', role: 'holder' },
  { login: 'emil', name: 'Emil', role: 'holder' },
  { login: 'fatima', name: 'Fatima', role: 'landlord' },
  { login: 'sol', name: 'Sol', role: 'holder' },
  { login: 'iris', name: 'Iris', role: 'holder' },
  { login: 'nadia', name: 'Nadia', role: 'holder' },
  { login: 'omar', name: 'Omar', role: 'holder' },
  { login: 'vera', name: 'Vera', role: 'holder' },
]

/** Everybody and everything in the demo: fixed by its seed, so the same on every machine. */
export const population: Population = createPopulation()

function createPopulation(): Population {
  const accounts = accountsInOrder()
  return { utilities, accounts, customers: people.map(person => ({ ...person, accountUrns: urnsOf(person.login, accounts) })) }
}

/** Neighbours stand first, between and last, so that neither the first page nor the last account is anybody's own. */
function accountsInOrder(): readonly Account[] {
  const others = neighbours()
  const specs = [
    ...others.slice(0, 3),
    aliceAndHanna(),
    bruno(),
    ...others.slice(3, 5),
    carmenHome(),
    ...others.slice(5, 6),
    carmenShop(),
    ...doraThenEmil(),
    ...others.slice(6, 10),
    ...fatimasFlats(),
    sol(),
    iris(),
    ...others.slice(10),
    vera(),
    ...farNeighbours(),
  ]
  return specs.map(accountOf)
}

function urnsOf(login: string, accounts: readonly Account[]): Customer['accountUrns'] {
  return accounts.filter(({ logins }) => logins.includes(login)).map(({ urn }) => urn)
}
