import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { buildSchema, graphql } from 'graphql'
import { openListener } from '../../src/server/listener.js'
import type { Listener } from '../../src/server/listener.js'
import { accountOf, nobodysUuid } from '../journeys/people.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

const premises = 250
const { urn } = accountOf('alice')
const uuidOf = (place: number, kind: string): string => `${place.toString(16).padStart(8, '0')}-${kind}-11ee-8a7b-0200170abcde`

interface Page {
  readonly first?: number
  readonly after?: string
  readonly matching?: string
}

/** One account with far more premises than fit on a page, each with a point of its own. */
function landlord() {
  const all = Array.from({ length: premises }, (_, place) => ({ uuid: uuidOf(place, 'aaaa') }))
  const points = all.map((premise, place) => ({ uuid: uuidOf(place, 'bbbb'), premise }))
  const agreements = [{ uuid: uuidOf(0, 'cccc'), startDateTime: '2021-01-01T00:00:00Z', servicePoints: points }]
  return {
    urn,
    serviceAgreements: agreements,
    premisesConnection({ first = premises, after, matching }: Page) {
      const list = matching === undefined ? all : all.filter(({ uuid }) => uuid === matching)
      const start = after === undefined ? 0 : Number(after) + 1
      const edges = list.slice(start, start + first).map((node, at) => ({ node, cursor: String(start + at) }))
      return {
        totalCount: list.length,
        edges,
        pageInfo: { hasNextPage: start + first < list.length, endCursor: edges.at(-1)?.cursor ?? null },
      }
    },
  }
}

const schema = buildSchema(readFileSync(new URL('../../src/opower/schema.graphql', import.meta.url), 'utf8'))
const asked: { query: string; operationName?: string }[] = []
let upstream: Listener
let stack: Stack
beforeAll(async () => {
  const rootValue = { billingAccountsConnection: () => ({ edges: [{ node: landlord() }] }) }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const question = JSON.parse(Buffer.concat(chunks).toString())
      asked.push(question)
      void graphql({ schema, rootValue, source: question.query, variableValues: question.variables }).then(result => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result))
      })
    })
  })
  upstream = await openListener((request, response) => void server.emit('request', request, response), { host: '127.0.0.1', port: 0 })
  stack = await startStack({ namesPremises: false, env: { OPOWER_GRAPHQL_URL: `${upstream.url}/graphql` } })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await upstream.close()
})

describe('an account with more premises than fit on a page', () => {
  it('keeps all of them, and all of their points, as its own from the first question on', async () => {
    const answer = await stack.ask(
      'alice',
      '{ billingAccountByAuthContext { premisesConnection { edges { node { uuid } } } serviceAgreements { servicePoints { uuid } } } }',
    )
    expect(answer.errors).toBeUndefined()
    expect(answer.text.match(/-aaaa-/g)).toHaveLength(premises)
    expect(answer.text.match(/-bbbb-/g)).toHaveLength(premises)
    expect(asked.filter(({ operationName }) => operationName === 'SubstationPremises')).toHaveLength(2)
  })

  it('is asked for a premise behind the first page, and not for one that is nobody’s', async () => {
    const query =
      'query ($id: String) { billingAccountByAuthContext { premisesConnection(matching: $id) { totalCount edges { node { uuid } } } } }'
    const last = uuidOf(premises - 1, 'aaaa')
    const own = await stack.ask('alice', { query, variables: { id: last } })
    expect(own.data).toEqual({ billingAccountByAuthContext: { premisesConnection: { totalCount: 1, edges: [{ node: { uuid: last } }] } } })
    asked.length = 0
    const foreign = await stack.ask('alice', { query, variables: { id: nobodysUuid } })
    expect(foreign.data).toEqual({ billingAccountByAuthContext: { premisesConnection: { totalCount: 0, edges: [] } } })
    expect(JSON.stringify(asked)).not.toContain(nobodysUuid)
  })
})
