import { LRUCache } from 'lru-cache'
import type { Store } from './store.js'

export interface MemoryStoreOptions {
  /** Keys and values together; beyond it what was not used for longest goes first. @default 67108864 */
  readonly maxBytes?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

/** A store for one process, which forgets everything with it. */
export function createMemoryStore({ maxBytes = 67_108_864, now = Date.now }: MemoryStoreOptions = {}): Store {
  const values = new LRUCache<string, Kept>({ maxSize: maxBytes, sizeCalculation: ({ value }, key) => bytesOf(value) + bytesOf(key) })
  const logs = new Map<string, LogEntry[]>()
  const channels = new Map<string, Set<(message: string) => void>>()
  let appended = 0

  const set = (key: string, value: string, ttlMs: number): void => void values.set(key, { value, until: now() + ttlMs })
  const get = (key: string): string | undefined => {
    const kept = values.get(key)
    if (kept !== undefined && now() < kept.until) return kept.value
    values.delete(key)
    return undefined
  }
  return {
    isShared: false,
    get: async key => get(key),
    set: async (key, value, ttlMs) => set(key, value, ttlMs),
    async add(key, value, ttlMs) {
      if (get(key) !== undefined) return false
      set(key, value, ttlMs)
      return true
    },
    delete: async key => void values.delete(key),
    async append(log, value, ttlMs) {
      appended += 1
      const kept = (logs.get(log) ?? []).filter(({ until }) => now() < until)
      logs.set(log, [...kept, { value, until: now() + ttlMs, position: appended }])
    },
    async read(log, after) {
      const found = (logs.get(log) ?? []).filter(({ until, position }) => now() < until && position > Number(after ?? 0))
      return { values: found.map(({ value }) => value), position: found.at(-1)?.position.toString() ?? after }
    },
    async publish(channel, message) {
      for (const listener of channels.get(channel) ?? []) listener(message)
    },
    subscribe(channel, listener) {
      const listeners = channels.get(channel) ?? new Set()
      channels.set(channel, listeners.add(listener))
      return () => void listeners.delete(listener)
    },
    async close() {
      values.clear()
      logs.clear()
      channels.clear()
    },
  }
}

interface Kept {
  readonly value: string
  /** Milliseconds since the epoch. */
  readonly until: number
}

interface LogEntry extends Kept {
  readonly position: number
}

/** An empty text still takes a place: the cache counts from one. */
function bytesOf(text: string): number {
  return Buffer.byteLength(text) + 1
}
