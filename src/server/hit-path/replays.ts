import { LRUCache } from 'lru-cache'
import type { About } from '../../audit/operation-record.js'
import type { Foundation } from '../../plan/foundation.js'
import type { NamedOperation } from '../named-operation.js'

/** What came of a plain request when it went the whole way, and all that must still be so for the same to come of it again. */
export interface Replay {
  /** The kept answer's bytes: as long as it is fresh and lies in this process, and nothing of it is to be forgotten. */
  readonly fresh: () => Buffer | undefined
  readonly foundation: Foundation
  readonly contentType: string
  readonly operation: NamedOperation
  readonly about: About
}

export interface ReplaysOptions {
  /** Requests that are known. @default 20000 */
  readonly max?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

/**
 * Requests that were asked before, by `nameOf`. It holds no answers: each entry leads to the one that the cache keeps, under the key that the
 * whole way came to, and only while that way would come to it again. Whatever is in doubt, nothing is found.
 */
export class Replays {
  readonly #known: LRUCache<string, Replay>
  readonly #now: () => number

  constructor({ max = 20_000, now = Date.now }: ReplaysOptions = {}) {
    this.#known = new LRUCache({ max })
    this.#now = now
  }

  remember(name: string, replay: Replay): void {
    this.#known.set(name, replay)
  }

  find(name: string): { readonly replay: Replay; readonly bytes: Buffer } | undefined {
    const replay = this.#known.get(name)
    const bytes = replay?.foundation.stands(this.#now()) === true ? replay.fresh() : undefined
    return replay === undefined || bytes === undefined ? undefined : { replay, bytes }
  }

  /** The schema is another one: what was planned by the old one no longer counts. */
  forget(): void {
    this.#known.clear()
  }
}
