import type { Store } from './store.js'
import { StoreUnavailableError } from './store.js'

/**
 * The values of a shared store, with this process's own memory to go on with while the shared one is away. For values that
 * never change once they are written, and for locks that may be held once per process when worse comes to worst; not for
 * what somebody else may withdraw.
 */
export type BackedStore = Pick<Store, 'get' | 'set' | 'add' | 'delete'>

export function createBackedStore(shared: Store, own: Store): BackedStore {
  return {
    async get(key) {
      return (await unlessAway(() => shared.get(key))) ?? own.get(key)
    },
    async set(key, value, ttlMs) {
      await own.set(key, value, ttlMs)
      await unlessAway(() => shared.set(key, value, ttlMs))
    },
    async add(key, value, ttlMs) {
      const isAdded = await unlessAway(() => shared.add(key, value, ttlMs))
      if (isAdded === undefined) return own.add(key, value, ttlMs)
      if (isAdded) await own.set(key, value, ttlMs)
      return isAdded
    },
    async delete(key) {
      await own.delete(key)
      await unlessAway(() => shared.delete(key))
    },
  }
}

async function unlessAway<T>(command: () => Promise<T>): Promise<T | undefined> {
  try {
    return await command()
  } catch (error) {
    if (error instanceof StoreUnavailableError) return undefined
    throw error
  }
}
