import { describe, expect, it } from '@jest/globals'
import { createMemoryStore } from '../../src/store/memory-store.js'
import { readSealKeys } from '../../src/store/seal-keys.js'
import { createSealedStore } from '../../src/store/sealed-store.js'
import { describeStore } from './store-contract.js'

const keys = readSealKeys(Buffer.alloc(32, 1).toString('base64'))

describeStore('memory', async () => {
  const store = createMemoryStore()
  return { one: store, other: store, close: () => store.close() }
})

describeStore('memory, sealed', async () => {
  const store = createMemoryStore()
  return {
    one: createSealedStore(store, { keys, owner: 'nved' }),
    other: createSealedStore(store, { keys, owner: 'nved' }),
    close: () => store.close(),
  }
})

describe('a store in memory', () => {
  it('never holds more bytes than it may, and forgets first what was not used for longest', async () => {
    const store = createMemoryStore({ maxBytes: 1_000 })
    for (let number = 0; number < 20; number += 1) {
      await store.set(`key-${number}`, 'x'.repeat(100), 60_000)
      await store.get('key-0')
    }
    const kept = await Promise.all(Array.from({ length: 20 }, (_each, number) => store.get(`key-${number}`)))
    expect(kept.filter(each => each !== undefined).length).toBeLessThan(10)
    expect([kept[0], kept[19]]).toEqual(['x'.repeat(100), 'x'.repeat(100)])
  })

  it('drops the entries of a log when their time is over', async () => {
    let now = 0
    const store = createMemoryStore({ now: () => now })
    await store.append('log', 'old', 1_000)
    now = 900
    await store.append('log', 'new', 1_000)
    now = 1_100
    expect((await store.read('log')).values).toEqual(['new'])
  })
})
