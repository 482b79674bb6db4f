import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { About } from '../../audit/operation-record.js'
import type { Foundation } from '../../plan/foundation.js'
import type { FreshAnswer } from '../answer-cache.js'
import { bodyReadOf } from '../begun.js'
import type { NamedOperation } from '../named-operation.js'
import type { PreparedOperation } from '../prepare-operation.js'
import { nameOf } from './asked.js'

/** What came of a plain request when it went the whole way, and all that must still be so for the same to come of it again. */
export interface Replay {
  /** Where the answer is kept: found as long as it is fresh and lies in this process, and nothing of it is to be forgotten. */
  readonly fresh: FreshAnswer
  readonly foundation: Foundation
  readonly contentType: string
  readonly operation: NamedOperation
  readonly about: About
}

/** A plain request, and what its answer was made of. */
export interface AnsweredRequest extends Pick<Replay, 'fresh' | 'contentType' | 'about'> {
  readonly request: IncomingMessage
  readonly operation: PreparedOperation
  readonly named: NamedOperation
}

export interface ReplaysOptions {
  /** Requests that are known, each with a kilobyte or two of what led to its answer. @default 5000 */
  readonly max?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

const nothing = Buffer.alloc(0)

/**
 * Requests that were asked before, by `nameOf`. It holds no answers: each entry leads to the one that the cache keeps, under the key that the
 * whole way came to, and only while that way would come to it again. Whatever is in doubt, nothing is found.
 */
export class Replays {
  readonly #known: LRUCache<string, Replay>
  readonly #now: () => number

  constructor({ max = 5_000, now = Date.now }: ReplaysOptions = {}) {
    this.#known = new LRUCache({ max })
    this.#now = now
  }

  remember(name: string, replay: Replay): void {
    this.#known.set(name, replay)
  }

  /** Remembers how a plain request was answered, where its answer was kept. */
  learn({ request, operation, about, fresh, contentType, named }: AnsweredRequest): void {
    const body = request.method === 'GET' ? nothing : bodyReadOf(request)
    // What is about a job is never kept; should it ever be, its owner is looked up for each request.
    if (body === undefined || operation.bound.jobs.length > 0 || fresh.bytes() === undefined) return
    const { customer, foundation } = operation
    this.remember(nameOf(request, customer.scope, body), { fresh, foundation, contentType, operation: named, about })
  }

  find(name: string): { readonly replay: Replay; readonly bytes: Buffer } | undefined {
    const replay = this.#known.get(name)
    const bytes = replay?.foundation.stands(this.#now()) === true ? replay.fresh.bytes() : undefined
    return replay === undefined || bytes === undefined ? undefined : { replay, bytes }
  }

  /** The schema is another one: what was planned by the old one no longer counts. */
  forget(): void {
    this.#known.clear()
  }
}
