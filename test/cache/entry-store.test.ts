import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Entry } from '../../src/cache/entry.js'
import { readEntry, writeEntry } from '../../src/cache/entry.js'
import { createEntryStore } from '../../src/cache/entry-store.js'
import { createSharedEntries } from '../../src/cache/shared-entries.js'
import { createMemoryStore } from '../../src/store/memory-store.js'
import type { Store } from '../../src/store/store.js'
import { StoreUnavailableError } from '../../src/store/store.js'

const start = Date.parse('2026-11-10T12:00:00Z')
const entryOf = (text: string, at = start): Entry => ({
  body: Buffer.from(text),
  at,
  times: { freshMs: 60_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 10_000 },
})

describe('what is kept in a process', () => {
  it('is bounded by bytes: one long answer takes the place of many short ones, and what was used last stays', () => {
    const store = createEntryStore({ maxBytes: 100_000, now: () => start })
    for (let number = 0; number < 100; number += 1) store.keep(`short ${number}`, entryOf('x'.repeat(500)))
    expect(store.near('short 0')).toBeDefined()
    store.keep('long', entryOf('x'.repeat(60_000)))
    const left = Array.from({ length: 100 }, (_each, number) => store.near(`short ${number}`)).filter(each => each !== undefined)
    expect([store.near('long')?.body.length, left.length > 30, left.length < 50]).toEqual([60_000, true, true])
    expect(store.near('short 0')).toBeDefined()
    store.keep('too long', entryOf('x'.repeat(100_001)))
    expect(store.near('too long')).toBeUndefined()
  })

  it('is counted once where several entries lie in the same memory, and for as long as one of them is there', () => {
    const store = createEntryStore({ maxBytes: 100_000, now: () => start })
    const whole = Buffer.alloc(60_000, 'x')
    const keys = ['whole', 'begin', 'end']
    const keepAll = (): void => {
      store.keep('whole', { ...entryOf(''), body: whole })
      store.keep('begin', { ...entryOf(''), body: whole.subarray(0, 100) })
      store.keep('end', { ...entryOf(''), body: whole.subarray(50_000) })
    }
    const found = (): readonly string[] => keys.filter(key => store.near(key) !== undefined)
    keepAll()
    keepAll()
    expect(found()).toEqual(keys)
    for (let number = 0; number < 3; number += 1) store.keep(`other ${number}`, entryOf('x'.repeat(10_000)))
    expect(found()).toEqual(keys)
    for (const key of ['other 0', 'other 1', 'other 2']) store.near(key)
    // What is left of it holds all of it: there is no room for another until the last of it is gone.
    store.keep('next', entryOf('x'.repeat(50_000)))
    expect([found(), store.near('other 0') !== undefined, store.near('next') !== undefined]).toEqual([[], true, true])
  })

  it('is gone once it may not be given under any pressure', () => {
    const clock = { now: start }
    const store = createEntryStore({ now: () => clock.now })
    store.keep('key', entryOf('x'))
    clock.now += 60_000 + 8 * 10_000 - 1
    expect(store.near('key')).toBeDefined()
    clock.now += 1
    expect(store.near('key')).toBeUndefined()
  })
})

describe('what replicas share', () => {
  const shared = (store: Pick<Store, 'get' | 'set'>, generation = 'one', now = (): number => start) =>
    createSharedEntries({ store, generation, now, timeoutMs: 20, pauseMs: 60_000 })

  it('is taken where it is newer than one’s own, and never where it is older', async () => {
    const store = createMemoryStore({ now: () => start })
    const [one, other] = [1, 2].map(() =>
      createEntryStore({ now: () => start + 61_000, shared: shared(store, 'one', () => start + 61_000) }),
    )
    one?.keep('key', entryOf('old'))
    other?.keep('key', entryOf('new', start + 50_000))
    expect((await one?.find('key'))?.body.toString()).toBe('new')
    one?.keep('key', entryOf('old'))
    expect((await other?.find('key'))?.body.toString()).toBe('new')
  })

  it('is nothing to another generation', async () => {
    const store = createMemoryStore({ now: () => start })
    shared(store).keep('key', entryOf('x'))
    expect([(await shared(store).find('key'))?.body.toString(), await shared(store, 'two').find('key')]).toEqual(['x', undefined])
  })

  it('was never made in the future, whatever the clock of another says', async () => {
    const store = createMemoryStore({ now: () => start })
    shared(store).keep('key', entryOf('x', start + 3_600_000))
    expect((await shared(store).find('key'))?.at).toBe(start)
  })

  it.each<[string, Pick<Store, 'get' | 'set'>]>([
    ['hangs', { get: () => new Promise(() => undefined), set: () => new Promise(() => undefined) }],
    [
      'fails',
      {
        get: async () => Promise.reject(new StoreUnavailableError('gone')),
        set: async () => Promise.reject(new StoreUnavailableError('gone')),
      },
    ],
  ])('is asked for once and then left alone when its store %s', async (_what, broken) => {
    const asked: string[] = []
    const store = createEntryStore({ now: () => start, shared: shared({ ...broken, get: key => (asked.push(key), broken.get(key)) }) })
    const began = performance.now()
    for (let time = 0; time < 100; time += 1) expect(await store.find(`key ${time}`)).toBeUndefined()
    store.keep('own', entryOf('x'))
    expect([asked.length, (await store.find('own'))?.body.toString()]).toEqual([1, 'x'])
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})

it('an entry is the same after it was written and read, and any other text is none', () => {
  const times = fc.record({
    freshMs: fc.integer({ min: 0 }),
    staleWhileRevalidateMs: fc.integer({ min: 0 }),
    staleIfErrorMs: fc.integer({ min: 0 }),
  })
  fc.assert(
    fc.property(
      times,
      fc.integer({ min: 0 }),
      fc.string({ unit: 'binary' }),
      fc.option(fc.dictionary(fc.string(), fc.string())),
      (given, at, text, about) => {
        const entry = { body: Buffer.from(text), at, times: given, ...(about === null ? {} : { note: JSON.stringify(about) }) }
        expect(readEntry(writeEntry(entry))).toEqual(entry)
      },
    ),
  )
  const others = ['', 'x', '1 2 3\n{}', '1 2 3 4 5\n{}', '1 2 3{}\n', '1 2 3 4 {}\n', '1 2 -3 4\n{}', '1 2 x 4\n{}']
  for (const text of [...others, '1 2 3 Infinity\n{}', '1 2 3 45']) expect(readEntry(text)).toBeUndefined()
})
