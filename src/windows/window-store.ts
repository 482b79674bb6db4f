import type { AccountIds } from '../accounts/account-ids.js'
import { digest } from '../accounts/scope.js'
import type { CacheRule, CacheSettings } from '../cache/cache-rules.js'
import { ownText } from '../cache/entry.js'
import type { EntryStore } from '../cache/entry-store.js'
import { createEntryStore } from '../cache/entry-store.js'
import type { Period } from '../plan/interval.js'
import { intersect, isEmpty, isInside } from '../plan/interval.js'
import type { Path } from '../plan/proof.js'
import type { Lifetimes } from './lifetimes.js'
import { lifetimesOf } from './lifetimes.js'
import type { Stretch, ToldStretch } from './stretch.js'

/** Where a series stands in an answer, and whose it is. */
export interface KeptSite {
  readonly path: Path
  /** Which of the plan's series fields. */
  readonly field: number
  readonly urn: string
  readonly agreement: string
  readonly point: string
}

/** An answer without its series: null stands in the place of each. */
export interface Skeleton {
  readonly data: Record<string, unknown>
  readonly sites: readonly KeptSite[]
  readonly withheld: Readonly<Record<'masked' | 'suppressed', readonly string[]>>
}

export interface KeptSkeleton extends Skeleton {
  readonly isFresh: boolean
  /** Until when it is good, milliseconds since the epoch. */
  readonly until: number
}

export interface KeptStretch extends Stretch {
  readonly lifetimes: Lifetimes
}

export type NewStretch = Stretch & Pick<ToldStretch, 'gaps'>

export interface WindowStoreOptions extends CacheSettings {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Where windows lie, beside the answers. @default 64 MB of this process's memory */
  readonly entries?: EntryStore
}

/** Stretches of reads and the answers around them. Both were guarded and shaped for one scope, which is a part of every key. */
export interface WindowStore {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Has what other replicas keep under this key at hand; nothing but this and `bringStretches` waits for anybody. */
  bring(key: string): Promise<void>
  /** The same for all that is kept of some series about a period. */
  bringStretches(series: readonly string[], period: Period): Promise<void>
  /** What is kept of a series about a period, the newest first. */
  stretches(series: string, period: Period): readonly KeptStretch[]
  keepStretch(series: string, stretch: NewStretch, how: { readonly windows: readonly Period[]; readonly rule: CacheRule }): void
  /** A skeleton that is no longer fresh still tells where its series stand. */
  skeleton(key: string): KeptSkeleton | undefined
  keepSkeleton(key: string, skeleton: Skeleton, freshMs: number): void
}

/** How long a skeleton that is no longer fresh is worth its place, milliseconds; as an answer's, this time grows under pressure. */
const afterFreshMs = 10_800_000

/** Of one series so many stretches are found again: the oldest are forgotten before. */
const mostStretches = 400

/** A stretch that is kept: what it covers, and until when the last of it is good. */
type Known = readonly [from: number, until: number, good: number]

export function createWindowStore(options: WindowStoreOptions): WindowStore {
  const { now, entries = createEntryStore(options) } = options
  const known = (series: string): readonly Known[] => {
    const found = entries.near(series)
    return found === undefined ? [] : readJson<readonly Known[]>(found.body).filter(([, , good]) => now() < good)
  }
  const keysOver = (series: string, period: Period): readonly string[] =>
    known(series).flatMap(([from, until]) => (isEmpty(intersect({ from, until }, period)) ? [] : stretchKey(series, { from, until })))
  return {
    now,
    bring: key => entries.bring([key]),
    async bringStretches(series, period) {
      await entries.bring(series)
      await entries.bring(series.flatMap(each => keysOver(each, period)))
    },
    stretches: (series, period) =>
      keysOver(series, period).flatMap(key => {
        const found = entries.near(key)
        return found?.note === undefined ? [] : { ...(JSON.parse(found.note) as Omit<KeptStretch, 'bytes'>), bytes: found.body }
      }),
    keepStretch(series, { covers, told, streams, others, gaps, bytes }, { windows, rule }) {
      const at = now()
      const lifetimes = lifetimesOf(windows, gaps, rule, { ...options, now: at })
      const good = Math.max(at, ...lifetimes.map(each => each.good))
      if (good <= at) return
      const note = ownText(JSON.stringify({ covers, told, streams, others, lifetimes }))
      entries.keep(stretchKey(series, covers), { body: bytes, note, at, times: { ...noTimes, freshMs: good - at } })
      const older = known(series).filter(([from, until]) => !isInside({ from, until }, covers))
      const all = [[covers.from, covers.until, good] as const, ...older].slice(0, mostStretches)
      const life = Math.max(...all.map(each => each[2])) - at
      // Another replica may know of more, so this is never taken for all that there is.
      entries.keep(series, { body: Buffer.from(JSON.stringify(all)), at, times: { ...noTimes, staleIfErrorMs: life } })
    },
    skeleton(key) {
      const found = entries.near(key)
      if (found === undefined) return undefined
      const until = found.at + found.times.freshMs
      return { ...readJson<Skeleton>(found.body), until, isFresh: now() < until }
    },
    keepSkeleton(key, skeleton, freshMs) {
      const times = { ...noTimes, freshMs, staleIfErrorMs: afterFreshMs }
      if (freshMs > 0) entries.keep(key, { body: Buffer.from(JSON.stringify(skeleton)), at: now(), times })
    },
  }
}

const noTimes = { freshMs: 0, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }

/** Only what this module wrote under a key of its own is read back; what is taken out belongs to the request alone, whatever becomes of it there. */
function readJson<Value>(body: Buffer): Value {
  return JSON.parse(body.toString('utf8')) as Value
}

/** In one piece, as it is kept for long: a template would hold on to its parts. */
function stretchKey(series: string, { from, until }: Period): string {
  return [series, `${from}/${until}`].join(':')
}

/** The key of one series; its parts are everything that decides what is in it. */
export function seriesKey(share: string, { urn, agreement, point }: KeptSite, wording: string, occupancy: string): string {
  return digest(['series', share, urn, agreement, point, wording, occupancy])
}

export function skeletonKey(share: string, operation: string, variables: string, occupancies: string): string {
  return digest(['skeleton', share, operation, variables, occupancies])
}

const occupancyTexts = new WeakMap<AccountIds, string>()

/** What is known of an account never changes, only what is known next: its text is made once. */
export function occupancyText(ids: AccountIds): string {
  const known = occupancyTexts.get(ids)
  if (known !== undefined) return known
  const text = JSON.stringify([...ids.points].map(([point, periods]) => [point, ...periods.map(({ from, until }) => `${from}/${until}`)]))
  occupancyTexts.set(ids, text)
  return text
}
