import { LRUCache } from 'lru-cache'
import { digest } from '../accounts/scope.js'

/** What a join last got from its source, for one owner. */
export interface KeptRows<Row> {
  keep(question: string, key: string, rows: readonly Row[]): void
  /** Rows no older than `withinMs`, with their age; undefined where there are none. An empty list is an answer too. */
  find(question: string, key: string, withinMs: number): { readonly rows: readonly Row[]; readonly ageMs: number } | undefined
}

export interface KeptRowsOptions {
  /** All that is kept, in bytes; what was used longest ago goes first. @default 16 MiB */
  readonly bytes?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

interface Entry<Row> {
  readonly rows: readonly Row[]
  readonly at: number
}

/**
 * Keeps the last good rows of joins whose rule says `stale`. Each owner has a share of their own: nothing that one keeps is found by another.
 * An owner is named by all that decides what may be seen, so that whoever lost an account finds nothing of it.
 */
export class RowKeeper<Row extends object> {
  readonly #cache: LRUCache<string, Entry<Row>>
  readonly #now: () => number

  constructor({ bytes = 16 * 1024 * 1024, now = Date.now }: KeptRowsOptions = {}) {
    this.#cache = new LRUCache({ maxSize: bytes, sizeCalculation: ({ rows }) => 200 + 2 * JSON.stringify(rows).length })
    this.#now = now
  }

  for(owner: readonly string[]): KeptRows<Row> {
    const placeOf = (question: string, key: string): string => digest([...owner, '', question, key])
    return {
      keep: (question, key, rows) => void this.#cache.set(placeOf(question, key), { rows, at: this.#now() }),
      find: (question, key, withinMs) => {
        const found = this.#cache.get(placeOf(question, key))
        const ageMs = found === undefined ? Infinity : this.#now() - found.at
        return found === undefined || ageMs < 0 || ageMs > withinMs ? undefined : { rows: found.rows, ageMs }
      },
    }
  }
}
