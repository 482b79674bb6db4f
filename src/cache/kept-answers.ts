import type { Freshness, Made, Pressure } from './freshness.js'
import { freshnessOf, keptMs } from './freshness.js'
import type { Answer } from './stale-answer.js'
import { isTrouble, isWithout, withAge } from './stale-answer.js'
import type { CacheTimes } from './time-to-live.js'

/** Where answers lie: what is put in comes out as the same object, or not at all. */
export interface AnswerStore<Kept> {
  get(key: string): PromiseLike<Kept | null | undefined> | Kept | null | undefined
  set(key: string, answer: Kept, entities: Iterable<never>, ttlMs: number): PromiseLike<void> | void
}

export interface KeptAnswersOptions<Kept> {
  readonly store: AnswerStore<Kept>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly pressure: () => Pressure
}

/** An answer that lies there, whatever its age. */
export interface Found<Kept> {
  readonly answer: Kept
  readonly made: Made
  readonly freshness: Freshness
}

/** Answers under their keys, each with the moment at which it was made: fresh ones, and older ones for when those must do. */
export class KeptAnswers<Kept extends Answer> {
  readonly #options: KeptAnswersOptions<Kept>
  readonly #made = new WeakMap<object, Made>()
  readonly #old = new WeakSet<object>()
  readonly #refreshes = new Set<string>()

  constructor(options: KeptAnswersOptions<Kept>) {
    this.#options = options
  }

  async find(key: string): Promise<Found<Kept> | undefined> {
    const { store, now, pressure } = this.#options
    const answer = await store.get(key)
    const made = answer == null ? undefined : this.#made.get(answer)
    return answer == null || made === undefined ? undefined : { answer, made, freshness: freshnessOf(made, now(), pressure()) }
  }

  async keep(key: string, answer: Kept, times: CacheTimes): Promise<void> {
    if (!this.isKept(answer, times)) return
    this.#made.set(answer, { at: this.#options.now(), times })
    await this.#options.store.set(key, answer, [], keptMs(times))
  }

  /** An answer with an error in it is never kept, nor an old one as if it were new. */
  isKept(answer: Kept, { freshMs }: Pick<CacheTimes, 'freshMs'>): boolean {
    return freshMs > 0 && answer.errors === undefined && !this.#old.has(answer)
  }

  /** The answer with its age. */
  stale({ answer, made }: Found<Kept>): Kept {
    const old = withAge(answer, this.#options.now() - made.at)
    this.#old.add(old)
    return old
  }

  /** What is executed, or else the old answer where nothing can be had and its rule still allows it. */
  async orStale(found: Found<Kept> | undefined, execute: () => Promise<Kept>, onStale: () => void): Promise<Kept> {
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
      await this.keep(key, await execute(), times())
    } catch {
      // Whoever asks next has it tried again; the old answer stands until its time is over.
    } finally {
      this.#refreshes.delete(key)
    }
  }
}
