import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createMemoryStore } from '../../src/store/memory-store.js'
import { readSealKeys } from '../../src/store/seal-keys.js'
import { createSealedStore } from '../../src/store/sealed-store.js'

const line = (fill: number): string => Buffer.alloc(32, fill).toString('base64')
const sealedBy = (store: ReturnType<typeof createMemoryStore>, lines: readonly number[], onUnreadable = () => {}, owner = 'nved') =>
  createSealedStore(store, { keys: readSealKeys(lines.map(line).join('\n')), owner, onUnreadable })

describe('a sealed store', () => {
  it('gives back any text and leaves none of it readable below', async () => {
    const below = createMemoryStore()
    const store = sealedBy(below, [1])
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 6, unit: 'binary' }), async text => {
        await store.set('name', text, 60_000)
        expect(await store.get('name')).toBe(Buffer.from(text).toString('utf8'))
        const raw = String(await below.get('name'))
        expect(raw).not.toContain(text)
        await store.set('name', text, 60_000)
        expect(await below.get('name')).not.toBe(raw)
      }),
    )
  })

  it('opens what an older key sealed, and no longer once that key is gone', async () => {
    const below = createMemoryStore()
    await sealedBy(below, [1]).set('name', 'text', 60_000)
    expect(await sealedBy(below, [2, 1]).get('name')).toBe('text')
    let unreadable = 0
    expect(await sealedBy(below, [2], () => (unreadable += 1)).get('name')).toBeUndefined()
    expect(unreadable).toBe(1)
  })

  it('opens nothing of another utility, though both have one key', async () => {
    const below = createMemoryStore()
    await sealedBy(below, [1]).set('name', 'text', 60_000)
    const other = sealedBy(below, [1], () => {}, 'rvgl')
    expect(await other.get('name')).toBeUndefined()
  })

  it('takes a value that was changed, cut or moved to another name for no value at all', async () => {
    const below = createMemoryStore()
    const store = sealedBy(below, [1])
    await store.set('name', 'text', 60_000)
    const sealed = String(await below.get('name'))
    await below.set('elsewhere', sealed, 60_000)
    expect(await store.get('elsewhere')).toBeUndefined()
    for (let at = 11; at < sealed.length; at += 1) {
      await below.set('name', sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1), 60_000)
      // The last letter of base64url may hold bits that mean nothing.
      if (at < sealed.length - 1) expect(await store.get('name')).toBeUndefined()
      await below.set('name', sealed.slice(0, at), 60_000)
      expect(await store.get('name')).toBeUndefined()
    }
  })

  it('passes over entries of a log and messages that it cannot open', async () => {
    const below = createMemoryStore()
    const store = sealedBy(below, [1])
    await below.append('log', 'forged', 60_000)
    await store.append('log', 'real', 60_000)
    expect((await store.read('log')).values).toEqual(['real'])
    const heard: string[] = []
    store.subscribe('channel', message => heard.push(message))
    await below.publish('channel', 'forged')
    await store.publish('channel', 'real')
    expect(heard).toEqual(['real'])
  })
})

describe('a file of keys', () => {
  it('holds 32 bytes in base64 on each line, and empty lines mean nothing', () => {
    expect(readSealKeys(`${line(1)}\r\n\n${line(2)}\n`).map(({ bytes }) => bytes[0])).toEqual([1, 2])
  })

  it.each([
    ['', 'there is no key in it'],
    [`${line(1)}\nshort`, 'line 2 is not 32 bytes in base64'],
    [line(1).replace('A', '!'), 'line 1 is not 32 bytes in base64'],
    [Buffer.alloc(31).toString('base64'), 'line 1 is not 32 bytes in base64'],
  ])('is refused without a word of it when it is %j', (text, message) => {
    expect(() => readSealKeys(text)).toThrow(message)
  })
})
