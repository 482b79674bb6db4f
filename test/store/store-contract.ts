import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Store } from '../../src/store/store.js'

/** Two members of one store: for memory the same one twice, for Redis two processes' connections. */
export interface StorePair {
  readonly one: Store
  readonly other: Store
  close(): Promise<void>
}

/** What every store promises, asked of each kind in the same words. */
export function describeStore(kind: string, open: () => Promise<StorePair>): void {
  describe(`a store in ${kind}`, () => {
    let pair: StorePair
    let name: string
    beforeAll(async () => {
      pair = await open()
    })
    afterAll(() => pair.close())
    const fresh = (): string => (name = `test-${randomUUID()}`)

    it('gives back what was set, to all that share it, until it is deleted', async () => {
      expect(await pair.one.get(fresh())).toBeUndefined()
      await pair.one.set(name, 'käse 🧀', 60_000)
      await pair.one.set(`${name}-empty`, '', 60_000)
      expect([await pair.other.get(name), await pair.other.get(`${name}-empty`)]).toEqual(['käse 🧀', ''])
      await pair.other.delete(name)
      expect(await pair.one.get(name)).toBeUndefined()
    })

    it('forgets a value when its time is over', async () => {
      await pair.one.set(fresh(), 'short', 20)
      await expect(goneBy(() => pair.other.get(name))).resolves.toBe(true)
    })

    it('tells exactly one of many callers that it was the first', async () => {
      fresh()
      const told = await Promise.all(
        Array.from({ length: 20 }, (_each, index) => [pair.one, pair.other][index % 2]?.add(name, String(index), 60_000)),
      )
      expect(told.filter(Boolean)).toHaveLength(1)
      expect(await pair.other.get(name)).toBe(String(told.indexOf(true)))
    })

    it('lets another be the first once the time is over', async () => {
      await pair.one.add(fresh(), 'a', 20)
      await goneBy(() => pair.one.get(name))
      expect(await pair.other.add(name, 'b', 60_000)).toBe(true)
    })

    it('keeps a log in order, and reads on where a reader stopped', async () => {
      expect(await pair.one.read(fresh())).toEqual({ values: [], position: undefined })
      for (const value of ['1', '2', '3']) await pair.one.append(name, value, 60_000)
      const first = await pair.other.read(name)
      expect(first.values).toEqual(['1', '2', '3'])
      expect(await pair.other.read(name, first.position)).toEqual({ values: [], position: first.position })
      await pair.other.append(name, '4', 60_000)
      expect((await pair.one.read(name, first.position)).values).toEqual(['4'])
    })

    it('tells what is published to every listener, and to none that stopped', async () => {
      fresh()
      const heard: string[] = []
      const stop = pair.other.subscribe(name, message => heard.push(message))
      const arrived = new Promise<string>(resolve => pair.one.subscribe(name, resolve))
      // A subscription takes a moment to reach the server: until it has, messages pass by.
      const repeat = setInterval(() => void pair.one.publish(name, 'hello'), 20)
      expect(await arrived).toBe('hello')
      await goneBy(async () => (heard.includes('hello') ? undefined : ''))
      clearInterval(repeat)
      expect(heard[0]).toBe('hello')
      stop()
      const before = heard.length
      await pair.one.publish(name, 'too late')
      expect(heard.slice(before)).not.toContain('too late')
    })
  })
}

/** Asks again and again, for two seconds at most, until nothing comes back. */
export async function goneBy(ask: () => Promise<unknown>): Promise<boolean> {
  const end = Date.now() + 2_000
  while (Date.now() < end) {
    if ((await ask()) === undefined) return true
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return false
}
