import { bodyOf } from '../plan/bytes/proven-answer.js'
import type { Entry } from './entry.js'
import type { EntryStore } from './entry-store.js'
import type { Freshness, Pressure } from './freshness.js'
import { freshnessOf } from './freshness.js'
import type { Answer } from './stale-answer.js'
import { isOld, isTrouble, isWithout, withAge } from './stale-answer.js'
import type { CacheTimes } from './time-to-live.js'

export interface KeptAnswersOptions {
  readonly entries: EntryStore
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly pressure: () => Pressure
}

/** An answer that lies there, whatever its age. */
export interface Found {
  readonly entry: Entry
  readonly freshness: Freshness
}

/** Answers under their keys, each as bytes with the moment at which it was made: fresh ones, and older ones for when those must do. */
export class KeptAnswers<Kept extends Answer> {
  readonly #options: KeptAnswersOptions
  readonly #old = new WeakSet<object>()
  readonly #refreshes = new Set<string>()

  constructor(options: KeptAnswersOptions) {
    this.#options = options
  }

  /** What lies in this process; asks nobody. */
  near(key: string): Found | undefined {
    return this.#found(this.#options.entries.near(key))
  }

  /** At once where nobody has to be asked. */
  find(key: string): Found | undefined | Promise<Found | undefined> {
    const entry = this.#options.entries.find(key)
    return entry instanceof Promise ? entry.then(each => this.#found(each)) : this.#found(entry)
  }

  /** @returns the answer's bytes; undefined for one that is not kept */
  keep(key: string, answer: Kept, times: CacheTimes): Buffer | undefined {
    if (!this.isKept(answer, times)) return undefined
    const body = answerBytes(answer)
    this.#options.entries.keep(key, { body, at: this.#options.now(), times })
    return body
  }

  /** An answer with an error in it is never kept, nor an old one as if it were new. */
  isKept(answer: Kept, { freshMs }: Pick<CacheTimes, 'freshMs'>): boolean {
    return freshMs > 0 && answer.errors === undefined && !this.#old.has(answer) && !isOld(answer)
  }

  /** The answer as it was made. */
  answer({ entry }: Found): Kept {
    return readAnswer(entry.body)
  }

  /** The answer with its age. */
  stale({ entry }: Found): Kept {
    const old = withAge(readAnswer<Kept>(entry.body), this.#options.now() - entry.at)
    this.#old.add(old)
    return old
  }

  /** What is executed, or else the old answer where nothing can be had and its rule still allows it. */
  async orStale(found: Found | undefined, execute: () => Promise<Kept>, onStale: () => void): Promise<Kept> {
    if (found === undefined || found.freshness === 'over') return execute()
    const instead = (): Kept => {
      onStale()
      return this.stale(found)
    }
    try {
      const answer = await execute()
      return isWithout(answer) ? instead() : answer
    } catch (error) {
      if (!isTrouble(error)) throw error
      return instead()
    }
  }

  /** Has the answer made anew behind an old one: once at a time, and not while calls are too scarce for what nobody waits for. */
  async refresh(key: string, execute: () => Promise<Kept>, times: () => CacheTimes): Promise<void> {
    if (this.#refreshes.has(key) || this.#options.pressure() >= 2) return
    this.#refreshes.add(key)
    try {
      this.keep(key, await execute(), times())
    } catch {
      // Whoever asks next has it tried again; the old answer stands until its time is over.
    } finally {
      this.#refreshes.delete(key)
    }
  }

  #found(entry: Entry | undefined): Found | undefined {
    const { now, pressure } = this.#options
    return entry === undefined ? undefined : { entry, freshness: freshnessOf(entry, now(), pressure()) }
  }
}

/** An answer as it is kept, and as it goes out. */
export function answerBytes(answer: object): Buffer {
  return bodyOf(answer) ?? Buffer.from(JSON.stringify(answer))
}

/** The bytes of an answer that was found, while it is fresh. */
export function freshBytes(found: Found | undefined): Buffer | undefined {
  return found?.freshness === 'fresh' ? found.entry.body : undefined
}

/** Only what was written here, under a key of ours, is read back. */
function readAnswer<Kept>(body: Buffer): Kept {
  return JSON.parse(body.toString('utf8')) as Kept
}
