import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { serverAudits } from 'graphql-http'
import type { Stack } from './support/stack.js'
import { startStack } from './support/stack.js'

/** The whole gateway with its session check on: each audit comes from a customer who is signed in. */
let stack: Stack
let token: string
beforeAll(async () => {
  stack = await startStack()
  token = await stack.tokenOf('alice')
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

const audits = serverAudits({ url: () => `${stack.gateway.url}/graphql`, fetchFn: signedIn })

async function signedIn(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${token}`)
  return fetch(url, { ...init, headers })
}

it.each(audits.map(({ id, name, fn }) => [`${id}: ${name}`, fn] as const))('GraphQL over HTTP %s', async (_title, audit) => {
  expect(await audit()).toMatchObject({ status: 'ok' })
})

it('there are 61 audits of GraphQL over HTTP', () => {
  expect(audits).toHaveLength(61)
})
