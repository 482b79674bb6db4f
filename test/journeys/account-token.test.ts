import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { AccountStack } from '../support/account-stack.js'
import { startAccountStack } from '../support/account-stack.js'
import { operation } from './hub.js'
import { accountsOf } from './people.js'

let stack: AccountStack
beforeAll(async () => {
  stack = await startAccountStack()
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(() => stack.forgetCalls())
afterEach(() => {
  Object.assign(stack.exchange, { answer: undefined, gate: undefined, edgeSeconds: () => 1_200, calls: [] })
})

const picker = operation('account-picker')

describe('with a token of each customer’s own', () => {
  it.each(['alice', 'bruno', 'fatima'])('%s has the accounts of a real operation answered at the edge', async login => {
    const answer = await stack.ask(login, picker, { first: 100, onlyActive: true })
    expect(answer.errors).toBeUndefined()
    for (const { urn } of accountsOf(login)) expect(answer.text).toContain(urn)
    const calls = await stack.calls()
    expect(calls.length).toBeGreaterThan(0)
    for (const { face } of calls) expect(face).toBe('edge')
  })
})
