import { digest } from '../accounts/scope.js'
import type { Store } from '../store/store.js'
import type { Entry } from './entry.js'
import { readEntry, writeEntry } from './entry.js'
import { keptMs } from './freshness.js'
import { withinTime } from '../within-time.js'

/** Entries that all replicas see. Nothing is ever waited for long, and nothing is thrown: what cannot be had is not there. */
export interface SharedEntries {
  find(key: string): Promise<Entry | undefined>
  keep(key: string, entry: Entry): void
}

export interface SharedEntriesOptions {
  /** Shared, its values sealed: each is bound to its name, and so to the scope whose key is in it. */
  readonly store: Pick<Store, 'get' | 'set'>
  /** Names everything that decides how answers are made: what another build, or other settings, made is never found. */
  readonly generation: string
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
  /** The longest wait for one entry, milliseconds. @default 100 */
  readonly timeoutMs?: number
  /** How long the store is left alone after it failed, milliseconds. @default 1000 */
  readonly pauseMs?: number
  /** Longer entries stay in the process that made them, bytes. @default 4194304 */
  readonly maxBytes?: number
  /** Hears of each failure that began a pause. Must not throw. */
  readonly onLost?: () => void
}

/** Writes on their way to a slow store: beyond it they are left out, for they would only fill this process's memory. */
const mostWrites = 500

/**
 * A store that does not answer costs each request at most one wait, and after the first of them nothing for a while: then this process
 * goes on with its own memory alone.
 */
export function createSharedEntries(options: SharedEntriesOptions): SharedEntries {
  const { store, generation, now = Date.now, timeoutMs = 100, pauseMs = 1_000, maxBytes = 4_194_304, onLost = () => {} } = options
  let pausedUntil = -Infinity
  let writes = 0
  const nameOf = (key: string): string => `kept:${digest([generation, key])}`
  const isPaused = (): boolean => performance.now() < pausedUntil

  function lost(): undefined {
    if (!isPaused()) onLost()
    pausedUntil = performance.now() + pauseMs
  }

  async function write(key: string, entry: Entry): Promise<void> {
    writes += 1
    await store.set(nameOf(key), writeEntry(entry), keptMs(entry.times)).catch(lost)
    writes -= 1
  }

  return {
    async find(key) {
      if (isPaused()) return undefined
      const text = await withinTime(timeoutMs, store.get(nameOf(key))).catch(lost)
      const entry = text === undefined ? undefined : readEntry(text)
      // Another replica's clock may be ahead: nothing is younger than this moment.
      return entry === undefined ? undefined : { ...entry, at: Math.min(entry.at, now()) }
    },
    keep(key, entry) {
      if (!isPaused() && writes < mostWrites && entry.body.length <= maxBytes) void write(key, entry)
    },
  }
}
