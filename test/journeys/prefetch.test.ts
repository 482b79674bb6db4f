import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { loadSettings } from '../../src/settings.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { leaksIn } from './people.js'

const manifest = {
  picker: 'query Picker { billingAccountsConnection(first: 5) { edges { node { urn name } } } }',
  bills: 'query Bills($last: Int = 3) { billingAccountByAuthContext { bills(last: $last) { urn timeInterval } } }',
  one: 'query One($urn: ID!) { billingAccountByAuthContext(selectedAccount: $urn) { name } }',
  change: 'mutation Change { generateUsageExportFile(input: {}) { uuid } }',
}

let stack: Stack
let folder: string
let env: Record<string, string>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'substation-prefetch-'))
  const file = join(folder, 'documents.json')
  const { picker, bills } = manifest
  writeFileSync(file, JSON.stringify({ picker, bills }))
  env = { TRUSTED_DOCUMENTS: file, PREFETCH_DOCUMENTS: 'picker, bills' }
  stack = await startStack({ env })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})
beforeEach(() => stack.forgetCalls())

async function signIn(login: string, token?: string): Promise<number> {
  const authorization = `Bearer ${token ?? (await stack.tokenOf(login))}`
  return (await fetch(`${stack.gateway.url}/session`, { method: 'POST', headers: { authorization } })).status
}

/** Waits for so many answers of the source, and for what is made of them. */
async function untilAsked(count: number): Promise<void> {
  for (let tries = 0; tries < 200 && (await stack.calls()).length < count; tries += 1) await pause(20)
  await pause(100)
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

describe('whoever signs in', () => {
  it('finds their first page asked already: two calls ahead, none for the page', async () => {
    expect(await signIn('alice')).toBe(204)
    await untilAsked(1)
    expect((await stack.calls()).length).toBeLessThanOrEqual(2)
    await stack.forgetCalls()
    const page = await Promise.all([manifest.picker, manifest.bills].map(query => stack.ask('alice', query)))
    expect(page.map(({ errors, text }) => [errors, leaksIn(text, 'alice')])).toEqual([
      [undefined, []],
      [undefined, []],
    ])
    expect(await stack.calls()).toEqual([])
  })

  it('has nothing asked for anybody else: another person’s page is asked for itself', async () => {
    await signIn('alice')
    await untilAsked(0)
    await stack.forgetCalls()
    const { text } = await stack.ask('bruno', manifest.picker)
    expect([(await stack.calls()).length > 0, leaksIn(text, 'bruno')]).toEqual([true, []])
  })

  it('without being anybody, has nothing asked at all', async () => {
    expect(await signIn('nobody', 'x.y.z')).toBe(401)
    await pause(200)
    expect(await stack.calls()).toEqual([])
  })

  it('signs in as ever while the source is down', async () => {
    await stack.control('faults', { down: true })
    expect(await signIn('fatima')).toBe(204)
    await pause(200)
    await stack.control('faults', {})
    expect((await stack.ask('fatima', manifest.picker)).errors).toBeUndefined()
  })
})

describe('calls that nobody waits for', () => {
  it('are not made where no share of the day is theirs', async () => {
    const replica = await stack.startReplica({ ...env, QUOTA_BACKGROUND_PERCENT: '0' })
    const authorization = `Bearer ${await stack.tokenOf('nadia')}`
    await stack.forgetCalls()
    const { status } = await fetch(`${replica.gateway.url}/session`, { method: 'POST', headers: { authorization } })
    await pause(300)
    expect([status, await stack.calls()]).toEqual([204, []])
    await replica[Symbol.asyncDispose]()
  })
})

describe('what may be asked ahead', () => {
  it.each([
    ['an id that is not registered', 'picker,other'],
    ['what needs a variable', 'one'],
    ['what may change something', 'change'],
    ['more than ten', Array.from({ length: 11 }, () => 'picker').join()],
  ])('is not %s: the start says so', (_what, ids) => {
    const file = join(folder, 'all.json')
    writeFileSync(file, JSON.stringify(manifest))
    const starting = () => loadSettings({ ...env, TRUSTED_DOCUMENTS: file, PREFETCH_DOCUMENTS: ids })
    expect(starting).toThrow(/PREFETCH_DOCUMENTS: expected at most 10 ids of queries/)
  })

  it('is nothing where no documents are registered', () => {
    expect(() => loadSettings({ PREFETCH_DOCUMENTS: 'picker' })).toThrow(/PREFETCH_DOCUMENTS: expected nothing, or TRUSTED_DOCUMENTS/)
  })
})
