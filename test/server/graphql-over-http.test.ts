import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { serverAudits } from 'graphql-http'
import type { TestFrontDoor } from '../support/front-door.js'
import { startFrontDoor } from '../support/front-door.js'

/** The audits need no schema of their own, and want a server without a session check. */
let door: TestFrontDoor
beforeAll(async () => {
  door = await startFrontDoor()
})
afterAll(async () => {
  await door[Symbol.asyncDispose]()
})

for (const { id, name, fn } of serverAudits({ url: () => `${door.url}/graphql`, fetchFn: fetch })) {
  it(`GraphQL over HTTP ${id}: ${name}`, async () => {
    expect(await fn()).toMatchObject({ status: 'ok' })
  })
}
