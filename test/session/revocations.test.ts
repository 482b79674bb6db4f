import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Revocations, RevocationsOptions } from '../../src/session/revocations.js'
import { createRevocations } from '../../src/session/revocations.js'
import { createMemoryStore } from '../../src/store/memory-store.js'
import type { Store } from '../../src/store/store.js'
import { StoreUnavailableError } from '../../src/store/store.js'
import { sessionOf, urnOf } from '../accounts/test-directory.js'

const issuer = 'https://issuer.example'
const start = Date.parse('2026-11-10T12:00:00.500Z')
let now: number
let open: Revocations[]
beforeEach(() => {
  now = start
  open = []
})
afterEach(() => {
  for (const each of open) each.close()
})

const issuedAt = (ms: number, sub = 'customer-1') => sessionOf(sub, { claims: { iat: Math.floor(ms / 1_000) } })

function create(options: Partial<RevocationsOptions> = {}): Revocations {
  const revocations = createRevocations({ store: createMemoryStore({ now: () => now }), now: () => now, pollMs: 5, ...options })
  open.push(revocations)
  return revocations
}

describe('a withdrawal', () => {
  it('is about every session of the person that is not surely newer', async () => {
    const revocations = create()
    await revocations.withdraw({ issuer, sub: 'customer-1' })
    const verdicts = [start - 60_000, start - 500, start, start + 500, start + 60_000].map(at => revocations.isRevoked(issuedAt(at)))
    expect(verdicts).toEqual([true, true, true, false, false])
    expect(revocations.isRevoked(sessionOf('customer-1'))).toBe(true)
    expect(revocations.isRevoked(sessionOf('customer-1', { claims: { iat: '1' } }))).toBe(true)
    expect(revocations.isRevoked(issuedAt(start, 'customer-2'))).toBe(false)
  })

  it('is never about the same name at another issuer, nor mixed up with a session id or an account of that name', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), async (one, other) => {
        fc.pre(one !== other)
        const revocations = create()
        await revocations.withdraw({ issuer: one, sub: other })
        await revocations.withdraw({ issuer: one, sid: `${other}-sid` })
        const of = (subject: { issuer: string; sub: string; actor?: string }, claims = {}) =>
          revocations.isRevoked(sessionOf('x', { subject, claims }))
        expect(of({ issuer: other, sub: other })).toBe(false)
        expect(of({ issuer: one, sub: `${other}-sid` })).toBe(false)
        expect(of({ issuer: one, sub: one }, { sid: other })).toBe(false)
        expect(of({ issuer: one, sub: other })).toBe(true)
        expect(of({ issuer: one, sub: one, actor: other })).toBe(true)
        expect(of({ issuer: one, sub: one }, { sid: `${other}-sid`, iat: 9e9 })).toBe(true)
        expect(revocations.isWithdrawn(other, sessionOf('x'))).toBe(false)
      }),
    )
  })

  it('is kept as long as any session can live, and a later one is not undone by an earlier one', async () => {
    const revocations = create()
    await revocations.withdraw({ issuer, sub: 'customer-1' })
    now += 3_600_000
    await revocations.withdraw({ issuer, sub: 'customer-1' })
    now = start + 86_400_000 + 1
    await revocations.withdraw({ issuer, sub: 'somebody-else' })
    expect(revocations.isRevoked(issuedAt(start + 3_000_000))).toBe(true)
  })

  it('of an account leaves the session and its other accounts alone', async () => {
    const revocations = create()
    await revocations.withdraw({ account: urnOf(1) })
    expect(revocations.isRevoked(issuedAt(start))).toBe(false)
    expect([urnOf(1), urnOf(2)].map(urn => revocations.isWithdrawn(urn, issuedAt(start)))).toEqual([true, false])
    expect(revocations.isWithdrawn(urnOf(1), issuedAt(start + 1_000))).toBe(false)
  })

  it('changes the stamp of its account for ever, and of no other', async () => {
    const revocations = create()
    expect(revocations.stampOf([urnOf(1)])).toBe('')
    await revocations.purge({ account: urnOf(1) })
    const first = revocations.stampOf([urnOf(1), urnOf(2)])
    await revocations.purge({ account: urnOf(1) })
    const second = revocations.stampOf([urnOf(1), urnOf(2)])
    expect(new Set(['', ',', first, second]).size).toBe(4)
    expect(revocations.stampOf([urnOf(2)])).toBe('')
    now += 31 * 86_400_000 - 1
    await revocations.purge({ account: urnOf(3) })
    expect(revocations.stampOf([urnOf(1), urnOf(2)])).toBe(second)
    now += 1
    await revocations.purge({ account: urnOf(3) })
    expect(revocations.stampOf([urnOf(1)])).toBe('')
  })

  it('is known at once in a process of its own, which has nothing to read', async () => {
    const inner = createMemoryStore({ now: () => now })
    const asked: string[] = []
    const revocations = create({
      store: {
        ...inner,
        read: async (...rest) => (asked.push('read'), inner.read(...rest)),
        subscribe: (...rest) => (asked.push('subscribe'), inner.subscribe(...rest)),
      },
    })
    expect(revocations.state).toBe('live')
    await revocations.start()
    await revocations.withdraw({ account: urnOf(1) })
    expect([revocations.state, asked]).toEqual(['live', []])
  })
})

describe('the log of withdrawals', () => {
  /** What is asked of a store, and a way to have it wait. */
  function watched(isAway: () => boolean = () => false) {
    const inner = shared({}, isAway)
    const world = { from: [] as (string | undefined)[], appended: 0, gate: Promise.resolve() }
    const store: Store = {
      ...inner,
      async read(log, after) {
        world.from.push(after)
        const gate = world.gate
        const page = await inner.read(log, after)
        await gate
        return page
      },
      append: async (...rest) => (await inner.append(...rest), void (world.appended += 1)),
    }
    return { store, world }
  }
  const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

  it('is read on from where it was read to, all of it once it is doubted, and written to once for each notice', async () => {
    const { store, world } = watched()
    const one = create({ store })
    await one.start()
    for (const account of ['a', 'b']) await one.withdraw({ account })
    await until(() => world.from.at(-1) === '2')
    expect(world.from[0]).toBeUndefined()
    one.doubt()
    const read = world.from.length
    await until(() => world.from.length >= read + 3)
    expect([world.from.slice(read).includes(undefined), world.from.at(-1), world.appended]).toEqual([true, '2', 2])
  })

  it('is read once more when somebody says that there is news while it is read, and when it is doubted meanwhile', async () => {
    const { store, world } = watched()
    const one = create({ store, pollMs: 60_000 })
    await one.start()
    const other = create({ store })
    let open = (): void => undefined
    world.gate = new Promise(resolve => (open = resolve))
    await other.withdraw({ account: 'a' })
    await until(() => world.from.length === 2)
    await other.withdraw({ account: 'b' })
    one.doubt()
    expect(world.from).toHaveLength(2)
    open()
    await until(() => one.isWithdrawn('a', issuedAt(start)) && one.isWithdrawn('b', issuedAt(start)))
    expect(world.from).toEqual([undefined, undefined, undefined])
  })

  it('is waited for at the start, and nothing is known before it was read', async () => {
    let isAway = true
    const { store, world } = watched(() => isAway)
    const one = create({ store, pollMs: 60_000 })
    const started = one.start()
    await until(() => world.from.length === 2)
    expect(one.state).toBe('unknown')
    isAway = false
    await started
    expect([one.state, world.from.length]).toEqual(['live', 3])
  })

  it.each(['while it is read', 'between two readings'])('is left alone after the end, %s', async when => {
    const { store, world } = watched()
    const one = create({ store, pollMs: when === 'while it is read' ? 5 : 20 })
    await one.start()
    let open = (): void => undefined
    if (when === 'while it is read') {
      world.gate = new Promise(resolve => (open = resolve))
      await until(() => world.from.length === 2)
    }
    one.close()
    const read = world.from.length
    open()
    await pause(60)
    expect(world.from).toHaveLength(read)
  })

  it('tells other replicas what is to be forgotten as well', async () => {
    const { store } = watched()
    const [one, other] = [create({ store }), create({ store })]
    await Promise.all([one.start(), other.start()])
    const learned = new Promise(resolve => other.onNotice(({ kind, about }) => resolve([kind, about])))
    await one.purge({ tag: 'bills' })
    expect(await learned).toEqual(['purge', { tag: 'bills' }])
  })
})

describe('between replicas', () => {
  it('a withdrawal is known at once by a message, and a little later without one', async () => {
    for (const isHeard of [true, false]) {
      const store = shared(isHeard ? {} : { publish: async () => undefined })
      const [one, other] = [create({ store }), create({ store, pollMs: isHeard ? 60_000 : 5 })]
      await Promise.all([one.start(), other.start()])
      const learned = new Promise(resolve => other.onNotice(({ about }) => resolve(about)))
      await one.withdraw({ issuer, sub: 'customer-1' })
      expect(await learned).toEqual({ issuer, sub: 'customer-1' })
      expect(other.isRevoked(issuedAt(start))).toBe(true)
      expect(other.stampOf([urnOf(1)])).toBe(one.stampOf([urnOf(1)]))
    }
  })

  it('a replica that starts later knows what was withdrawn before', async () => {
    const store = shared()
    await create({ store }).withdraw({ issuer, sub: 'customer-1' })
    const later = create({ store })
    expect(later.state).toBe('unknown')
    await later.start()
    expect([later.state, later.isRevoked(issuedAt(start))]).toEqual(['live', true])
  })

  it('a withdrawal while the store is away holds here, is said to be known here only, and is told to the others afterwards', async () => {
    let isAway = false
    const store = shared({}, () => isAway)
    const [one, other] = [create({ store }), create({ store })]
    await Promise.all([one.start(), other.start()])
    isAway = true
    await expect(one.withdraw({ issuer, sub: 'customer-1' })).rejects.toThrow(StoreUnavailableError)
    expect([one.isRevoked(issuedAt(start)), other.isRevoked(issuedAt(start))]).toEqual([true, false])
    await until(() => one.state === 'lost' && other.state === 'lost')
    const learned = new Promise(resolve => other.onNotice(resolve))
    isAway = false
    await learned
    expect(other.isRevoked(issuedAt(start))).toBe(true)
    await until(() => one.state === 'live' && other.state === 'live')
  })

  it('a store that lost everything is told again by those who know', async () => {
    let isAway = false
    let inner = createMemoryStore()
    const store = shared({ append: (...rest) => inner.append(...rest), read: (...rest) => inner.read(...rest) }, () => isAway)
    const one = create({ store })
    await one.start()
    await one.withdraw({ issuer, sub: 'customer-1' })
    isAway = true
    await until(() => one.state === 'lost')
    inner = createMemoryStore()
    isAway = false
    await until(() => one.state === 'live')
    const later = create({ store })
    await later.start()
    expect(later.isRevoked(issuedAt(start))).toBe(true)
  })

  it('a store that was emptied between two looks is told again, once it is doubted', async () => {
    let inner = createMemoryStore()
    const store = shared({ append: (...rest) => inner.append(...rest), read: (...rest) => inner.read(...rest) })
    const one = create({ store })
    await one.start()
    await one.withdraw({ issuer, sub: 'customer-1' })
    inner = createMemoryStore()
    one.doubt()
    await until(async () => (await inner.read('withdrawals')).values.length > 0)
    const later = create({ store })
    await later.start()
    expect(later.isRevoked(issuedAt(start))).toBe(true)
  })

  it('an entry of a later version or of somebody else’s hand is passed over', async () => {
    const store = shared()
    for (const text of ['', '{}', 'null', '{"id":"1","kind":"newer","at":1,"about":{"account":"x"}}'])
      await store.append('withdrawals', text, 60_000)
    const revocations = create({ store })
    await revocations.start()
    expect([revocations.state, revocations.stampOf(['x'])]).toEqual(['live', ''])
  })
})

/** A store in memory that takes itself for a shared one, and may be away. */
function shared(changes: Partial<Store> = {}, isAway: () => boolean = () => false): Store {
  const store = { ...createMemoryStore({ now: () => now }), isShared: true, ...changes }
  const unlessAway =
    <Rest extends unknown[], T>(call: (...rest: Rest) => Promise<T>) =>
    async (...rest: Rest): Promise<T> => {
      if (isAway()) throw new StoreUnavailableError(new Error('away'))
      return call(...rest)
    }
  return { ...store, append: unlessAway(store.append), read: unlessAway(store.read), publish: unlessAway(store.publish) }
}

async function until(isDone: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 5_000; !(await isDone()); await new Promise(resolve => setTimeout(resolve, 1)))
    if (performance.now() > end) throw new Error('it did not come about in five seconds')
}
