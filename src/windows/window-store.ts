import type { AccountIds } from '../accounts/account-ids.js'
import { digest } from '../accounts/scope.js'
import type { CacheRule, CacheSettings } from '../cache/cache-rules.js'
import type { EntryStore } from '../cache/entry-store.js'
import { createEntryStore } from '../cache/entry-store.js'
import { timesOfPeriod } from '../cache/time-to-live.js'
import type { Period } from '../plan/interval.js'
import { isInside } from '../plan/interval.js'
import type { Path } from '../plan/shape-value.js'
import type { Piece } from './pieces.js'
import { writePiece } from './write-piece.js'

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

export interface Kept<Value> {
  readonly value: Value
  /** Until when it is good, milliseconds since the epoch. */
  readonly until: number
}

export interface WindowStoreOptions extends CacheSettings {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Where windows lie, beside the answers. @default 64 MB of this process's memory */
  readonly entries?: EntryStore
}

/** Windows of reads and the answers around them. Both were guarded and shaped for one scope, which is a part of every key. */
export interface WindowStore {
  /** Has what other replicas keep under these keys at hand; nothing else here waits for anybody. */
  bring(keys: readonly string[]): Promise<void>
  /** The piece of a window, if its time is not over and it covers what is needed. */
  piece(key: string, need: Period): Kept<Piece> | undefined
  keepPiece(key: string, piece: Piece, window: Period, rule: CacheRule): void
  /** A skeleton that is no longer fresh still tells where its series stand. */
  skeleton(key: string): (Kept<Skeleton> & { readonly isFresh: boolean }) | undefined
  keepSkeleton(key: string, skeleton: Skeleton, freshMs: number): void
}

/** How long a skeleton that is no longer fresh is worth its place, milliseconds; as an answer's, this time grows under pressure. */
const afterFreshMs = 10_800_000

export function createWindowStore(options: WindowStoreOptions): WindowStore {
  const { now, entries = createEntryStore({ now }) } = options
  // Bytes: what is taken out belongs to the request alone, whatever becomes of it there.
  const read = <Value>(key: string): Kept<Value> | undefined => {
    const found = entries.near(key)
    return found === undefined ? undefined : { value: readBody<Value>(found.body), until: found.at + found.times.freshMs }
  }
  const keep = (key: string, json: string, freshMs: number, staleIfErrorMs = 0): void => {
    const times = { freshMs, staleWhileRevalidateMs: 0, staleIfErrorMs }
    if (freshMs > 0) entries.keep(key, { body: Buffer.from(json), at: now(), times })
  }
  const piece = (key: string): Kept<Piece> | undefined => {
    const found = read<Piece>(key)
    return found !== undefined && now() < found.until ? found : undefined
  }
  return {
    bring: keys => entries.bring(keys),
    piece(key, need) {
      const found = piece(key)
      return found !== undefined && isInside(need, found.value.covers) ? found : undefined
    },
    keepPiece(key, own, window, rule) {
      const known = piece(key)
      // A glance at one hour does not push out the whole day.
      if (known !== undefined && isInside(own.covers, known.value.covers) && !isInside(known.value.covers, own.covers)) return
      const { freshMs } = timesOfPeriod(rule, own.hasGaps ? undefined : window, { ...options, now: now() })
      if (freshMs > 0) keep(key, writePiece(own), freshMs)
    },
    skeleton(key) {
      const found = read<Skeleton>(key)
      return found === undefined ? undefined : { ...found, isFresh: now() < found.until }
    },
    keepSkeleton: (key, skeleton, freshMs) => keep(key, JSON.stringify(skeleton), freshMs, afterFreshMs),
  }
}

/** Only what this module wrote under a key of its own is read back. */
function readBody<Value>(body: Buffer): Value {
  return JSON.parse(body.toString('utf8')) as Value
}

/** The key of one window; its parts are everything that decides what is in it. */
export function windowKey(series: string, window: Period): string {
  return `${series}:${window.from}`
}

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
