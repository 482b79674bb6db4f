import { describe, expect, it } from '@jest/globals'
import type { Entry } from '../../src/cache/entry.js'
import { createEntryStore } from '../../src/cache/entry-store.js'
import type { SharedEntriesOptions } from '../../src/cache/shared-entries.js'
import { createSharedEntries } from '../../src/cache/shared-entries.js'
import { createMemoryStore } from '../../src/store/memory-store.js'
import type { Store } from '../../src/store/store.js'

const times = { freshMs: 100, staleWhileRevalidateMs: 0, staleIfErrorMs: 100 }
const entryOf = (text: string, at: number): Entry => ({ body: Buffer.from(text), at, times })
const settle = () => new Promise(resolve => setTimeout(resolve, 0))

describe('what lies in one process and in the store behind it', () => {
  /** A process, and what the replicas' store is asked for. */
  function create(isShared = true) {
    const clock = { now: 1_000 }
    const asked: string[] = []
    const kept = new Map<string, Entry>()
    const shared = {
      find: async (key: string) => (asked.push(key), kept.get(key)),
      keep: (key: string, entry: Entry) => void kept.set(key, entry),
    }
    const store = createEntryStore({ now: () => clock.now, ...(isShared ? { shared } : {}) })
    const textOf = async (key: string) => (await store.find(key))?.body.toString()
    return { store, clock, asked, kept, textOf }
  }

  it('is asked for elsewhere only where it is not fresh here', async () => {
    const { store, clock, asked, textOf } = create()
    store.keep('key', entryOf('own', 1_000))
    clock.now = 1_099
    expect([await textOf('key'), asked]).toEqual(['own', []])
    clock.now = 1_100
    expect([await textOf('key'), asked]).toEqual(['own', ['key']])
    expect([await textOf('other'), asked]).toEqual([undefined, ['key', 'other']])
  })

  it('is the newer one of both, and is then at hand here', async () => {
    const { store, clock, kept, textOf } = create()
    store.keep('key', entryOf('own', 1_000))
    clock.now = 1_200
    kept.set('key', entryOf('older', 999))
    expect(await textOf('key')).toBe('own')
    kept.set('key', entryOf('as old', 1_000))
    expect(await textOf('key')).toBe('own')
    kept.set('key', entryOf('newer', 1_001))
    expect([await textOf('key'), store.near('key')?.body.toString()]).toEqual(['newer', 'newer'])
  })

  it('is not given once it is over, wherever it comes from', async () => {
    const { clock, kept, textOf } = create()
    kept.set('key', entryOf('over', 1_000))
    clock.now = 1_000 + 100 + 8 * 100
    expect(await textOf('key')).toBeUndefined()
  })

  it('is brought near for many keys at once, where there is a store to bring it from', async () => {
    const { store, asked, kept } = create()
    kept.set('a', entryOf('A', 1_000))
    await store.bring(['a', 'b'])
    expect([asked, store.near('a')?.body.toString(), store.near('b')]).toEqual([['a', 'b'], 'A', undefined])
    const alone = create(false)
    await alone.store.bring(['a'])
    alone.store.keep('a', entryOf('A', 1_000))
    expect([await alone.textOf('a'), await alone.textOf('b')]).toEqual(['A', undefined])
  })
})

describe('the store that replicas share', () => {
  const create = (store: Pick<Store, 'get' | 'set'>, more: Partial<SharedEntriesOptions> = {}) =>
    createSharedEntries({ store, generation: 'one', now: () => 1_000, ...more })

  it('is given entries up to a size, so that each process keeps longer ones for itself', async () => {
    const shared = create(createMemoryStore({ now: () => 1_000 }), { maxBytes: 3 })
    for (const text of ['abc', 'abcd']) shared.keep(text, entryOf(text, 1_000))
    await settle()
    expect([(await shared.find('abc'))?.body.toString(), await shared.find('abcd')]).toEqual(['abc', undefined])
  })

  it('is written to by no more than five hundred at a time, and by others once those are through', async () => {
    let written = 0
    let through = (): void => undefined
    const gate = new Promise<void>(resolve => (through = resolve))
    const shared = create({ get: async () => undefined, set: async () => ((written += 1), gate) })
    const write = (count: number) => {
      for (let at = 0; at < count; at += 1) shared.keep(`${at}`, entryOf('x', 1_000))
    }
    write(600)
    expect(written).toBe(500)
    through()
    await settle()
    write(600)
    expect(written).toBe(1_000)
  })

  it('is left alone for a while after it failed, which is told once, and then asked again', async () => {
    let [calls, losses] = [0, 0]
    const failing = async () => {
      calls += 1
      throw new Error('away')
    }
    const shared = create({ get: failing, set: failing }, { pauseMs: 30, onLost: () => (losses += 1) })
    await Promise.all([shared.find('a'), shared.find('b')])
    expect([calls, losses]).toEqual([2, 1])
    await shared.find('c')
    shared.keep('c', entryOf('x', 1_000))
    expect([calls, losses]).toEqual([2, 1])
    await new Promise(resolve => setTimeout(resolve, 40))
    shared.keep('d', entryOf('x', 1_000))
    await settle()
    expect([calls, losses]).toEqual([3, 2])
    expect([await shared.find('e'), calls]).toEqual([undefined, 3])
  })

  it('leaves no timer behind once it has answered', async () => {
    const before = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    await create({ get: async () => undefined, set: async () => undefined }, { timeoutMs: 60_000 }).find('key')
    expect(process.getActiveResourcesInfo().filter(name => name === 'Timeout')).toHaveLength(before)
  })
})
