import { describe, expect, it } from '@jest/globals'
import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { population } from '../../simulator/population/population.js'
import { startStack } from '../support/stack.js'
import { createAuditFolder } from './audit-folder.js'

function urnsOf(login: string): readonly string[] {
  return population.customers.find(customer => customer.login === login)?.accountUrns ?? []
}

const mine = 'query Mine($urns: [ID!]) { billingAccountsConnection(byURNs: $urns) { edges { node { urn } } } }'

describe('the audit log of a running gateway', () => {
  it('holds every operation with its customer, accounts, decision and calls, and is whole when the gateway ends', async () => {
    using place = createAuditFolder()
    const stack = await startStack({ env: { AUDIT_FILE: place.file, AUDIT_KEY_FILE: place.keyFile } })
    await stack.ask('carmen', { query: mine, operationName: 'Mine' }, { 'x-request-id': 'request-0001' })
    await stack.ask('carmen', { query: mine, operationName: 'Mine', variables: { urns: [...urnsOf('alice')] } })
    await stack.ask('hanna', '{ billingAccountByAuthContext { urn } }')
    await stack.ask('nadia', '{ billingAccountsConnection { edges { node { urn } } } }')
    await stack.send({ query: mine }, { authorization: 'Bearer forged' })
    await stack[Symbol.asyncDispose]()
    const [first, foreign, joint, none, stranger, ...others] = place.operations()
    expect(others).toEqual([])
    expect(first).toMatchObject({
      requestId: 'request-0001',
      subject: { sub: 'demo-carmen' },
      roles: ['holder'],
      accounts: urnsOf('carmen'),
      operation: { name: 'Mine' },
      decision: 'allowed',
      codes: ['OK'],
      upstreamCalls: 1,
    })
    expect(foreign).toMatchObject({ accounts: [], decision: 'refused', codes: ['ACCOUNT_NOT_IN_SCOPE'], upstreamCalls: 0 })
    expect(joint).toMatchObject({ subject: { sub: 'demo-hanna' }, roles: ['household'], accounts: urnsOf('alice') })
    expect(none).toMatchObject({ subject: { sub: 'demo-nadia' }, roles: [], accounts: [], decision: 'allowed' })
    expect(stranger).toMatchObject({ decision: 'refused', codes: ['UNAUTHENTICATED'] })
    expect(stranger).not.toHaveProperty('subject')
    expect(place.verify()).toMatchObject({ fault: undefined, chains: [{ operations: 5, state: 'ended' }] })
    // Whose account it was that somebody else asked for is in no record of theirs, and no canary of any account is in the file.
    expect(JSON.stringify(foreign)).not.toContain(urnsOf('alice')[0])
    const canaries = population.accounts.flatMap(account =>
      Object.values(account.canaries).filter(value => typeof value === 'string' && /[a-z]/i.test(value)),
    )
    expect(canaries.length).toBeGreaterThan(100)
    for (const canary of canaries) expect(place.text()).not.toContain(canary)
  })

  it('holds what was answered from memory as well, without a call', async () => {
    using place = createAuditFolder()
    const stack = await startStack({ env: { AUDIT_FILE: place.file, AUDIT_KEY_FILE: place.keyFile } })
    const question = '{ billingAccountsConnection { edges { node { urn utilityId } } } }'
    await stack.ask('alice', question)
    await stack.ask('alice', question)
    await stack[Symbol.asyncDispose]()
    expect(place.operations().map(({ accounts }) => accounts)).toEqual([urnsOf('alice'), urnsOf('alice')])
  })

  it('holds what was asked upstream for somebody who left before the answer', async () => {
    using place = createAuditFolder()
    const stack = await startStack({ env: { AUDIT_FILE: place.file, AUDIT_KEY_FILE: place.keyFile } })
    await stack.control('faults', { slow: { ms: 2000, rate: 1 } })
    const authorization = `Bearer ${await stack.tokenOf('alice')}`
    const leaving = new AbortController()
    const answer = fetch(`${stack.gateway.url}/graphql`, {
      method: 'POST',
      signal: leaving.signal,
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ query: mine }),
    })
    // The simulator tells of a call when it has come in: it is asked until then.
    while ((await stack.calls()).length === 0) await pause(20)
    leaving.abort()
    await expect(answer).rejects.toThrow()
    await stack[Symbol.asyncDispose]()
    expect(place.operations()).toMatchObject([{ subject: { sub: 'demo-alice' }, accounts: urnsOf('alice'), codes: ['ABORTED'] }])
    expect(place.verify().fault).toBeUndefined()
  })

  it('that cannot be written takes the gateway out of service, and no call is made for anybody', async () => {
    using place = createAuditFolder()
    const file = join(place.folder, 'linked.jsonl')
    symlinkSync('/dev/full', file)
    await using stack = await startStack({ env: { AUDIT_FILE: file, AUDIT_KEY_FILE: place.keyFile } })
    const ready = await fetch(`${stack.gateway.url}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('audit')])
    const answer = await stack.ask('alice', mine)
    expect([answer.status, answer.errors?.map(({ extensions }) => extensions.code)]).toEqual([500, ['INTERNAL']])
    expect(await stack.calls()).toEqual([])
    rmSync(file)
  })
})
