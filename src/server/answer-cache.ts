import type { KeyedOperation, Stamped } from '../cache/answer-key.js'
import { keyUnder, ownersOf, stampedBy } from '../cache/answer-key.js'
import type { CacheRules, CacheSettings } from '../cache/cache-rules.js'
import { defaultCacheSettings } from '../cache/cache-rules.js'
import type { EntryStore } from '../cache/entry-store.js'
import { createEntryStore } from '../cache/entry-store.js'
import type { Pressure } from '../cache/freshness.js'
import type { Found } from '../cache/kept-answers.js'
import { freshBytes, KeptAnswers } from '../cache/kept-answers.js'
import type { Answer } from '../cache/stale-answer.js'
import type { CacheTimes } from '../cache/time-to-live.js'
import { cacheTimes } from '../cache/time-to-live.js'
import type { OperationPlan } from '../plan/plan.js'
import { createWindowLender } from '../windows/lease.js'

const noRoots: OperationPlan['roots'] = []

export interface AnswerCacheOptions extends Partial<CacheSettings> {
  readonly rules: CacheRules
  /** Where answers and windows lie. @default 64 MB of this process's memory */
  readonly entries?: EntryStore
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
  /** A text that changes when what is kept about one of the accounts, or under one of the tags, must be forgotten. */
  readonly stampOf: (accounts: readonly string[], tags: readonly string[]) => string
  /** How scarce calls are: the scarcer, the older an answer may be. @default never scarce */
  readonly pressure?: () => Pressure
}

/** An answer's place in the cache, whatever lies there at the moment. */
export interface FreshAnswer {
  /** What is kept of the answer, while it is fresh and nothing of it is to be forgotten. */
  bytes(): Buffer | undefined
}

/** What came of looking for the answer to an operation. */
export interface Lookup {
  readonly key: string
  /** Whether such an answer is kept at all. */
  readonly isKept: boolean
  readonly found: Found | undefined
  readonly fresh: FreshAnswer
  /** How long an answer that is made now may be kept. */
  times(): CacheTimes
}

/**
 * Guarded answers of operations, each under a key that names the plan, its variables and the scope; no setting can take the scope out. An
 * answer for which windows were lent is no younger than they are.
 */
export class AnswerCache<Kept extends Answer> {
  readonly kept: KeptAnswers<Kept>
  readonly #options: AnswerCacheOptions
  readonly #settings: CacheSettings
  readonly #now: () => number
  readonly #lendWindows: ReturnType<typeof createWindowLender>

  constructor(options: AnswerCacheOptions) {
    const { rules, now = Date.now, pressure = () => 0 as const } = options
    const { settlingDays = defaultCacheSettings.settlingDays, ttlScale = defaultCacheSettings.ttlScale } = options
    const { entries = createEntryStore({ now }) } = options
    this.#options = options
    this.#settings = { settlingDays, ttlScale }
    this.#now = now
    this.kept = new KeptAnswers<Kept>({ entries, now, pressure })
    this.#lendWindows = createWindowLender({ rules, now, settlingDays, ttlScale, entries })
  }

  /**
   * Looks for the answer to a query, and lends it the windows of its scope.
   *
   * @param onWindows hears that the answer was put together from windows alone
   */
  async look(operation: KeyedOperation, onWindows: () => void): Promise<Lookup> {
    const { rules, stampOf } = this.#options
    const stamped = stampedBy(operation, rules)
    const stamp = stampOf(stamped.accounts, stamped.tags)
    const owners = ownersOf(operation, stamp)
    const key = keyUnder(owners, operation)
    const times = this.#timesOf(operation)
    const { freshMs } = times
    const isKept = freshMs > 0
    const found = isKept ? await this.kept.find(key) : undefined
    let until = Infinity
    this.#lendWindows(operation, owners, joined => {
      until = joined.until
      if (joined.calls === 0) onWindows()
    })
    return {
      key,
      isKept,
      found,
      fresh: new KeptUnder(key, stamp, stamped, stampOf, this.kept),
      times: () => (until === Infinity ? times : { ...times, freshMs: Math.min(freshMs, until - this.#now()) }),
    }
  }

  #timesOf({ plan, variables }: KeyedOperation): CacheTimes {
    const roots = plan.operation === 'query' ? plan.roots : noRoots
    const { settlingDays, ttlScale } = this.#settings
    return cacheTimes({ rules: this.#options.rules, roots, variables, now: this.#now(), settlingDays, ttlScale })
  }
}

type Near = Pick<KeptAnswers<Answer>, 'near'>

/** Kept for long and by the thousands: it is a single object, and holds on to nothing else of the request. */
class KeptUnder implements FreshAnswer {
  readonly #key: string
  readonly #stamp: string
  readonly #accounts: Stamped['accounts']
  readonly #tags: Stamped['tags']
  readonly #stampOf: AnswerCacheOptions['stampOf']
  readonly #kept: Near

  constructor(key: string, stamp: string, { accounts, tags }: Stamped, stampOf: AnswerCacheOptions['stampOf'], kept: Near) {
    this.#key = key
    this.#stamp = stamp
    this.#accounts = accounts
    this.#tags = tags
    this.#stampOf = stampOf
    this.#kept = kept
  }

  bytes(): Buffer | undefined {
    return this.#stampOf(this.#accounts, this.#tags) === this.#stamp ? freshBytes(this.#kept.near(this.#key)) : undefined
  }
}
