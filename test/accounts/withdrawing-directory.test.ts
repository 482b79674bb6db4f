import { beforeEach, describe, expect, it } from '@jest/globals'
import { createCachedDirectory } from '../../src/accounts/cached-directory.js'
import type { GrantSet } from '../../src/accounts/grant.js'
import { createScope } from '../../src/accounts/scope.js'
import { createStanding } from '../../src/accounts/standing.js'
import { createWithdrawingDirectory, forgetOnNotice } from '../../src/accounts/withdrawing-directory.js'
import type { Revocations } from '../../src/session/revocations.js'
import { createRevocations } from '../../src/session/revocations.js'
import { createMemoryStore } from '../../src/store/memory-store.js'
import { refusalOf } from './refusal-of.js'
import { sessionOf, urnOf } from './test-directory.js'

const issuer = 'https://issuer.example'
const session = sessionOf('customer-1', { claims: { iat: Math.floor(Date.now() / 1000) - 60 } })

let set: GrantSet
let questions: number
let revocations: Revocations
beforeEach(() => {
  questions = 0
  set = { version: 'v1', grants: [1, 2].map(number => ({ urn: urnOf(number), role: 'holder' as const })), defaultUrn: urnOf(2) }
  revocations = createRevocations({ store: createMemoryStore() })
})

const asked = {
  grantsOf: async () => {
    questions += 1
    return set
  },
}

describe('a directory from which accounts are withdrawn', () => {
  it('leaves them out of sessions as old as that, and the default falls to another', async () => {
    const directory = createWithdrawingDirectory(asked, revocations)
    await revocations.withdraw({ account: urnOf(2) })
    const old = createScope(session, await directory.grantsOf(session), Date.now())
    expect([[...old.byUrn.keys()], old.defaultUrn]).toEqual([[urnOf(1)], urnOf(1)])
    const newer = sessionOf('customer-1', { claims: { iat: Math.floor(Date.now() / 1000) + 1 } })
    expect((await directory.grantsOf(newer)).grants).toHaveLength(2)
  })

  it('knows no more than the directory does, and gives its very answer where nothing of it was withdrawn', async () => {
    expect(createWithdrawingDirectory(asked, revocations).known?.(session)).toBeUndefined()
    const remembering = createCachedDirectory(asked)
    const directory = createWithdrawingDirectory(remembering, revocations)
    expect(directory.known?.(session)).toBeUndefined()
    expect(await directory.grantsOf(session)).toBe(set)
    expect(directory.known?.(session)).toBe(set)
    await revocations.withdraw({ account: urnOf(2) })
    expect(directory.known?.(session)?.grants).toEqual(set.grants.slice(0, 1))
  })
})

describe('remembered answers', () => {
  it('are forgotten when something about their person or one of their accounts is withdrawn or purged, and no others', async () => {
    const directory = createCachedDirectory(asked)
    forgetOnNotice(directory, revocations)
    const ask = async (): Promise<number> => (await directory.grantsOf(session), questions)
    expect([await ask(), await ask()]).toEqual([1, 1])
    await revocations.purge({ account: urnOf(1) })
    expect([await ask(), await ask()]).toEqual([2, 2])
    await revocations.withdraw({ issuer, sub: 'customer-1' })
    expect(await ask()).toBe(3)
    await revocations.purge({ account: urnOf(3) })
    await revocations.withdraw({ issuer, sub: 'customer-2' })
    await revocations.withdraw({ issuer: 'https://other.example', sub: 'customer-1' })
    await revocations.withdraw({ issuer, sid: 'customer-1' })
    await revocations.purge({ tag: 'bills' })
    await revocations.purge({ account: urnOf(1), tag: 'bills' })
    expect(await ask()).toBe(3)
    await revocations.purge({ all: true })
    expect(await ask()).toBe(4)
  })

  it('are forgotten with the person who acts for the customer, and not with another', async () => {
    const directory = createCachedDirectory(asked)
    forgetOnNotice(directory, revocations)
    const acted = sessionOf('customer-1', { subject: { issuer, sub: 'customer-1', actor: 'agent-7' } })
    const ask = async (): Promise<number> => (await directory.grantsOf(acted), questions)
    await ask()
    await revocations.withdraw({ issuer, sub: 'agent-8' })
    expect(await ask()).toBe(1)
    await revocations.withdraw({ issuer, sub: 'agent-7' })
    expect(await ask()).toBe(2)
  })

  it('are not made of an answer that was on its way when something was withdrawn: it is asked for again', async () => {
    let answer = (_set: GrantSet): void => undefined
    const slow = { grantsOf: () => (questions++ === 0 ? new Promise<GrantSet>(resolve => (answer = resolve)) : Promise.resolve(set)) }
    const directory = createCachedDirectory(slow)
    forgetOnNotice(directory, revocations)
    const pending = directory.grantsOf(session)
    const stale = set
    set = { version: 'v2', grants: [] }
    await revocations.purge({ account: urnOf(1) })
    answer(stale)
    expect((await pending).version).toBe('v2')
    expect((await directory.grantsOf(session)).version).toBe('v2')
    expect(questions).toBe(2)
  })

  it('live shorter from the moment on that withdrawals are no longer heard of', async () => {
    let [now, life] = [0, 60_000]
    const directory = createCachedDirectory(asked, { now: () => now, maxLifeMs: () => life })
    await directory.grantsOf(session)
    now = 30_000
    await directory.grantsOf(session)
    expect(questions).toBe(1)
    life = 5_000
    await directory.grantsOf(session)
    expect(questions).toBe(2)
  })
})

describe('the last look at a customer', () => {
  const standing = () =>
    createStanding({ sessions: { assertGood: async () => undefined }, directory: createWithdrawingDirectory(asked, revocations) })
  const customer = () => ({ session, scope: createScope(session, set, Date.now()) })

  it('finds nothing to object to while the mapping is the same', async () => {
    expect(await standing().assertUnchanged(customer())).toBeUndefined()
  })

  it.each<[string, () => unknown]>([
    ['an account is taken away', () => (set = { ...set, grants: set.grants.slice(1) })],
    ['an account is withdrawn', () => revocations.withdraw({ account: urnOf(1) })],
    ['a role is another', () => (set = { ...set, grants: set.grants.map(grant => ({ ...grant, role: 'household' as const })) })],
    ['a period is narrower', () => (set = { ...set, grants: set.grants.map(grant => ({ ...grant, dataFrom: 1 })) })],
    ['a grant has ended', () => (set = { ...set, grants: set.grants.map(grant => ({ ...grant, validUntil: 1 })) })],
    ['the version is another', () => (set = { ...set, version: 'v2' })],
  ])('refuses when %s', async (_what, change) => {
    const before = customer()
    await change()
    expect(await refusalOf(standing().assertUnchanged(before))).toMatchObject({ code: 'ACCOUNT_NOT_IN_SCOPE' })
  })
})
