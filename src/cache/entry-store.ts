import { LRUCache } from 'lru-cache'
import type { Entry } from './entry.js'
import { keptMs } from './freshness.js'
import { HeldBytes, sizeBeside } from './held-bytes.js'
import type { SharedEntries } from './shared-entries.js'

export interface EntryStoreOptions {
  /** Keys and entries in the memory of this process; beyond it what was not used for longest goes first. @default 67108864 */
  readonly maxBytes?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
  /** What other replicas keep. @default nothing */
  readonly shared?: SharedEntries
}

/**
 * Entries under their keys: in the memory of this process, and behind it in the store that replicas share. Whatever becomes of the
 * shared one, the worst case is that an entry is not found.
 */
export interface EntryStore {
  /** What lies in this process, whatever its age; asks nobody. */
  near(key: string): Entry | undefined
  /** The newest that is known: asks the replicas' store for what is not fresh here. */
  find(key: string): Entry | undefined | Promise<Entry | undefined>
  /** Has what the replicas' store knows of these keys at hand for `near`. */
  bring(keys: readonly string[]): Promise<void>
  keep(key: string, entry: Entry): void
}

export function createEntryStore({ maxBytes = 67_108_864, now = Date.now, shared }: EntryStoreOptions = {}): EntryStore {
  const held = new HeldBytes()
  const entries = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    sizeCalculation: sizeBeside,
    dispose: (entry, key) => held.drop(key, entry),
  })

  function put(key: string, entry: Entry): void {
    entries.delete(key)
    if (entry.body.length + sizeBeside(entry, key) > maxBytes) return
    held.add(key, entry)
    entries.set(key, entry)
    while (held.total > maxBytes) entries.pop()
  }

  function near(key: string): Entry | undefined {
    const entry = entries.get(key)
    if (entry === undefined || now() - entry.at < keptMs(entry.times)) return entry
    entries.delete(key)
    return undefined
  }

  function find(key: string): Entry | undefined | Promise<Entry | undefined> {
    const own = near(key)
    return shared === undefined || isFresh(own) ? own : findShared(key, own, shared)
  }

  async function findShared(key: string, own: Entry | undefined, others: SharedEntries): Promise<Entry | undefined> {
    const found = await others.find(key)
    if (found === undefined || (own !== undefined && own.at >= found.at)) return near(key)
    put(key, found)
    return near(key)
  }

  function isFresh(entry: Entry | undefined): boolean {
    return entry !== undefined && now() - entry.at < entry.times.freshMs
  }

  return {
    near,
    find,
    async bring(keys) {
      if (shared !== undefined) await Promise.all(keys.map(find))
    },
    keep(key, entry) {
      put(key, entry)
      shared?.keep(key, entry)
    },
  }
}
