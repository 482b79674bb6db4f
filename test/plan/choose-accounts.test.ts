import { describe, expect, it } from '@jest/globals'
import type { AccountIds, AccountIdSource } from '../../src/accounts/account-ids.js'
import { createScope } from '../../src/accounts/scope.js'
import { chooseAccounts } from '../../src/plan/choose-accounts.js'
import { refusalOf } from '../accounts/refusal-of.js'
import { sessionOf, urnOf } from '../accounts/test-directory.js'
import { planOf } from './customer-graph.js'
import { now, ownIds } from './run-plan.js'

const [first, second, third] = [urnOf(1), urnOf(2), urnOf(3)]

/** Each account is of the customer of its own number; the last two are of a common one as well. */
const known = new Map<string, AccountIds>([
  [first, { ...ownIds, urn: first, utilityId: '1', customers: new Set(['one']) }],
  [second, { ...ownIds, urn: second, utilityId: '2', customers: new Set(['two', 'both']) }],
  [third, { ...ownIds, urn: third, utilityId: '3', customers: new Set(['three', 'both']) }],
])
const asked: string[][] = []
const ids: AccountIdSource = {
  known: urn => known.get(urn),
  load: async urns => (asked.push([...urns]), known),
  reload: async () => known,
  learn: () => undefined,
}

interface Choice {
  readonly byDefault?: string
  readonly entities?: string
  readonly held?: readonly string[]
}

async function choose(query: string, { byDefault, entities, held = [first, second, third] }: Choice = {}): Promise<readonly string[]> {
  const { plan, variables } = planOf(query)
  const grants = held.map(urn => ({ urn, role: 'holder' as const }))
  const set = { grants, version: '1', ...(byDefault === undefined ? {} : { defaultUrn: byDefault }) }
  const scope = createScope(sessionOf('customer-1'), set, now)
  const [leg] = plan.legs
  if (leg === undefined) throw new TypeError('expected a leg')
  return (await chooseAccounts(leg, { scope, variables, ids, selectedEntities: entities })).map(({ urn }) => urn)
}

const refused = async (query: string, choice?: Choice): Promise<string> => (await refusalOf(choose(query, choice))).code
const one = (args: string): string => `{ billingAccountByAuthContext${args} { name } }`
const customer = (uuid: string): string => one(`(singlePremise: "urn:opower:customer:uuid:${uuid}")`)

describe('the accounts that an operation is about', () => {
  it('are all, or those that it names, in the order of the scope', async () => {
    const list = (args: string) => `{ billingAccountsConnection${args} { totalCount } }`
    expect(await choose(list(''))).toEqual([first, second, third])
    expect(await choose(list('(byURNs: [])'))).toEqual([first, second, third])
    expect(await choose(list(`(byURNs: ["${third}", "${first}"])`))).toEqual([first, third])
  })

  it('are the usual one where one is meant and none is named, or else the first', async () => {
    expect(await choose(one(''))).toEqual([first])
    expect(await choose(one(''), { byDefault: second })).toEqual([second])
    expect(await choose(one(`(selectedAccount: "${third}")`), { byDefault: second })).toEqual([third])
    expect(await choose(`{ viewer { account(urn: "${third}") { name } } }`, { byDefault: second })).toEqual([third])
  })

  it('are none for somebody without accounts, unless an account is named', async () => {
    expect(await choose(one(''), { held: [] })).toEqual([])
    expect(await choose(customer('one'), { held: [] })).toEqual([])
    expect(await refused(`{ viewer { account(urn: "${first}") { name } } }`, { held: [] })).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it('are told by a customer of the older kind among one’s own, the usual one before the others', async () => {
    expect(await choose(customer('two'))).toEqual([second])
    expect(await choose(customer('both'))).toEqual([second])
    expect(await choose(customer('both'), { byDefault: third })).toEqual([third])
    expect(await choose(customer('both'), { byDefault: first })).toEqual([second])
    expect(await refused(customer('two'), { held: [first] })).toBe('ACCOUNT_NOT_IN_SCOPE')
    expect(await refused(customer('nobody'))).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it('are asked for by name where one is named beside the customer, and both must be true', async () => {
    asked.length = 0
    const both = (uuid: string) => one(`(selectedAccount: "${third}", singlePremise: "urn:opower:customer:uuid:${uuid}")`)
    expect(await choose(both('both'))).toEqual([third])
    expect(asked).toEqual([[third]])
    expect(await refused(both('two'))).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it.each(['two', 'urn:opower:customer:uuid:', ' urn:opower:customer:uuid:two', `urn:opower:customer:uuid:two\n`, second])(
    'are never told by %j in the place of a customer',
    async text => expect(await refused(one(`(singlePremise: ${JSON.stringify(text)})`))).toBe('ACCOUNT_NOT_IN_SCOPE'),
  )
})

describe('the header that selects entities', () => {
  it.each([
    ['an account', second],
    ['an account with blanks around it', `  ${second} `],
    ['a customer', 'urn:opower:customer:uuid:two'],
    ['an id of the utility', 'urn:external:opower:entity:id:2'],
    ['an account of the session', 'urn:session:account:2'],
    ['a list of one', `["${second}"]`],
    ['a list after a blank', ` ["${second}"]`],
    ['what all of its entities have in common', '["urn:opower:customer:uuid:both", "urn:session:account:2"]'],
    ['a provider, which says nothing', `["urn:session:account:provider:opower", "urn:opower:customer:uuid:two"]`],
  ])('chooses by %s', async (_what, entities) => expect(await choose(one(''), { entities })).toEqual([second]))

  it('chooses the usual one of those it leaves', async () => {
    expect(await choose(one(''), { entities: 'urn:opower:customer:uuid:both', byDefault: third })).toEqual([third])
    expect(await choose(one(''), { entities: 'urn:session:account:provider:opower', byDefault: third })).toEqual([third])
    expect(await choose(one(''), { entities: '[]', byDefault: third })).toEqual([third])
  })

  it('stands below what the operation itself names', async () => {
    expect(await choose(one(`(selectedAccount: "${third}")`), { entities: second })).toEqual([third])
    expect(await choose(customer('three'), { entities: second })).toEqual([third])
  })

  it.each([
    ['a foreign account', urnOf(9)],
    ['a foreign customer', 'urn:opower:customer:uuid:nine'],
    ['a foreign id of the utility', 'urn:session:account:9'],
    ['an account in another spelling', second.toUpperCase()],
    ['something in front', 'x urn:session:account:2'],
    ['a provider in the middle', 'x urn:session:account:provider:opower'],
    ['entities that have nothing in common', '["urn:opower:customer:uuid:one", "urn:session:account:2"]'],
    ['a list that ends too early', `["${second}"`],
    ['a list of something else', `["${second}", 2]`],
    ['nothing', ''],
  ])('refuses %s', async (_what, entities) => expect(await refused(one(''), { entities })).toBe('ACCOUNT_NOT_IN_SCOPE'))
})
