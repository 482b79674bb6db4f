import { describe, expect, it } from '@jest/globals'
import type { Grant } from '../../src/accounts/grant.js'
import { createScope } from '../../src/accounts/scope.js'
import type { KeyedOperation } from '../../src/cache/answer-key.js'
import { changedBy, keyUnder, ownersOf, stampedBy } from '../../src/cache/answer-key.js'
import { planOf } from '../plan/customer-graph.js'
import { bindPlan, now, ownUrn, session } from '../plan/run-plan.js'

const otherUrn = ownUrn.replace(/1$/, '7')
const one = 'billingAccountByAuthContext'
const holders: readonly Grant[] = [ownUrn, otherUrn].map(urn => ({ urn, role: 'holder' }))

interface Asked {
  readonly query?: string
  readonly variables?: Record<string, unknown>
  readonly sub?: string
  readonly grants?: readonly Grant[]
  readonly selectedEntities?: string
}

async function asked({ query = `{ ${one} { name } }`, variables = {}, sub = 'alice', grants = holders, ...more }: Asked = {}) {
  const who = { ...session, subject: { ...session.subject, sub } }
  const scope = createScope(who, { grants, version: '1' }, now)
  const bound = await bindPlan({ query, variables, grants, alsoKnown: [] })
  const operation: KeyedOperation = {
    ...planOf(query, variables),
    bound,
    selectedEntities: more.selectedEntities,
    customer: { scope },
  }
  return operation
}

const rules = { [`Query.${one}`]: { seconds: 60, tag: 'account' }, 'BillingAccount.name': { seconds: 9, tag: 'name' } }

const stampOf = (operation: KeyedOperation): string => {
  const { accounts, tags } = stampedBy(operation, rules)
  return `${accounts.join()} ${tags.join()}`
}
const keyOf = (operation: KeyedOperation, stamp = stampOf(operation)): string => keyUnder(ownersOf(operation, stamp), operation)

describe('the key of an answer', () => {
  it('is another one for everything that decides the answer, and the same for the same', async () => {
    const questions: Asked[] = [
      {},
      { query: `{ ${one} { name __typename } }` },
      { query: `query ($of: ID) { ${one}(selectedAccount: $of) { name } }` },
      { query: `query ($of: ID) { ${one}(selectedAccount: $of) { name } }`, variables: { of: otherUrn } },
      { grants: holders.slice(0, 1) },
      { grants: [...holders].reverse() },
      { selectedEntities: otherUrn },
    ]
    const keys = await Promise.all(questions.map(async question => keyOf(await asked(question))))
    expect(new Set(keys).size).toBe(questions.length)
    expect(keyOf(await asked())).toBe(keys[0])
    expect(keyOf(await asked(), 'changed')).not.toBe(keys[0])
  })

  it('is a household’s for its accounts, and a person’s own where the person is shown', async () => {
    const viewer = '{ viewer { login } }'
    const keysOf = async (query: string) => Promise.all(['alice', 'bob'].map(async sub => keyOf(await asked({ query, sub }))))
    expect(new Set(await keysOf(`{ ${one} { name } }`)).size).toBe(1)
    expect(new Set(await keysOf(viewer)).size).toBe(2)
  })

  it('names whose the answer is: what was selected, the scope, and the stamp of its accounts and tags', async () => {
    const [operation, other] = [await asked({ selectedEntities: 'urn' }), await asked()]
    const { scope } = operation.customer
    expect(ownersOf(operation, stampOf(operation))).toEqual(['urn', scope.key, `${ownUrn},${otherUrn} account,name`])
    expect(ownersOf(other, stampOf(other))).toEqual(['', scope.key, `${ownUrn},${otherUrn} account,name`])
  })
})

describe('what a mutation changed', () => {
  it('is of each account that it was about, by each tag of what it touches, or of all where it names none', async () => {
    const changes = { [`Query.${one}`]: ['account', 'bills'], 'BillingAccount.name': ['name'], 'Bill.urn': ['more'] }
    const operation = await asked()
    expect(changedBy(operation, changes)).toEqual(['account', 'bills', 'name'].map(tag => ({ account: ownUrn, tag })))
    const aboutNone = { ...operation, bound: { ...operation.bound, urns: [] } }
    expect(changedBy(aboutNone, { 'BillingAccount.name': ['name'] })).toEqual([ownUrn, otherUrn].map(account => ({ account, tag: 'name' })))
    expect(changedBy(operation, {})).toEqual([])
  })
})
