import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parse } from 'graphql'
import { servedSchema } from '../plan/customer-graph.js'
import { randomDocument } from '../plan/random-document.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { comparable, forHub } from './hub.js'
import { leaksIn, urnsOf } from './people.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({
    now: () => Date.parse('2026-11-10T17:00:00Z'),
    env: { LIMIT_ALIASES: '500', QUOTA_PER_SECOND: '1000', QUOTA_CUSTOMER_PER_MINUTE: '10000' },
  })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

/** What the gateway itself answers, or answers otherwise on purpose, has tests of its own. */
const without = [
  'BillingAccountConnection.totalCount',
  'BillingAccountConnection.pageInfo',
  'BillingAccountEdge.cursor',
  'PageInfo.startCursor',
  'PageInfo.endCursor',
  'PremiseEdge.cursor',
  'ServiceAgreementEdge.cursor',
  'ServicePointEdge.cursor',
  'ServicePoint.intervalReads',
  'ServiceAgreement.intervalReads',
]

const documentsEach = 8

describe.each(['alice', 'bruno', 'carmen', 'sol', 'iris'])('whatever %s asks', login => {
  it.each(['billingAccountsConnection', 'billingAccountByAuthContext'])(
    'of %s is answered as Opower itself answers for those accounts',
    async root => {
      const urns = urnsOf(login)
      for (const { query, variables } of documentsOf(root, login)) {
        const answer = await stack.ask(login, { query, variables })
        const hub = await stack.askUpstream({ query: forHub(query, urns), variables })
        const told = { query, errors: answer.errors, data: comparable(answer.data) }
        expect(hub.errors).toBeUndefined()
        expect(told).toEqual({ query, errors: undefined, data: comparable(hub.data) })
        expect(leaksIn(answer.text, login)).toEqual([])
      }
    },
    60_000,
  )
})

function documentsOf(root: string, login: string) {
  const found: { query: string; variables: Record<string, unknown> }[] = []
  const own = servedSchema.getQueryType()?.getFields()[root]
  expect(own).toBeDefined()
  for (let seed = login.length * 1_000_003; found.length < documentsEach; seed++) {
    const document = randomDocument(seed, { schema: servedSchema, roots: [root], depth: 6, without })
    if (document !== undefined && parse(document.query).definitions.length > 0) found.push({ ...document })
  }
  return found
}
