import { LRUCache } from 'lru-cache'
import { digest } from '../accounts/scope.js'
import type { CacheRule, CacheSettings } from '../cache/cache-rules.js'
import { timesOfPeriod } from '../cache/time-to-live.js'
import type { Period } from '../plan/interval.js'
import { isInside } from '../plan/interval.js'
import type { Path } from '../plan/shape-value.js'
import type { Piece } from './pieces.js'

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
  /** Characters that are kept; beyond it what was not used for longest goes first. @default 50000000 */
  readonly maxLength?: number
}

/** Windows of reads and the answers around them. Both were guarded and shaped for one scope, which is a part of every key. */
export interface WindowStore {
  /** The piece of a window, if its time is not over and it covers what is needed. */
  piece(key: string, need: Period): Kept<Piece> | undefined
  keepPiece(key: string, piece: Piece, window: Period, rule: CacheRule): void
  /** A skeleton that is no longer fresh still tells where its series stand. */
  skeleton(key: string): (Kept<Skeleton> & { readonly isFresh: boolean }) | undefined
  keepSkeleton(key: string, skeleton: Skeleton, freshMs: number): void
}

export function createWindowStore(options: WindowStoreOptions): WindowStore {
  const { now, maxLength = 50_000_000 } = options
  // Texts: what is taken out belongs to the request alone, whatever becomes of it there.
  const kept = new LRUCache<string, KeptText>({ maxSize: maxLength, sizeCalculation: ({ text }) => text.length + 200 })
  const read = <Value>(key: string): Kept<Value> | undefined => {
    const found = kept.get(key)
    return found === undefined ? undefined : { value: readText<Value>(found.text), until: found.until }
  }
  const piece = (key: string): Kept<Piece> | undefined => {
    const found = read<Piece>(key)
    return found !== undefined && now() < found.until ? found : undefined
  }
  return {
    piece(key, need) {
      const found = piece(key)
      return found !== undefined && isInside(need, found.value.covers) ? found : undefined
    },
    keepPiece(key, own, window, rule) {
      const known = piece(key)
      // A glance at one hour does not push out the whole day.
      if (known !== undefined && isInside(own.covers, known.value.covers) && !isInside(known.value.covers, own.covers)) return
      const { freshMs } = timesOfPeriod(rule, own.hasGaps ? undefined : window, { ...options, now: now() })
      if (freshMs > 0) kept.set(key, { text: JSON.stringify(own), until: now() + freshMs })
    },
    skeleton(key) {
      const found = read<Skeleton>(key)
      return found === undefined ? undefined : { ...found, isFresh: now() < found.until }
    },
    keepSkeleton(key, skeleton, freshMs) {
      if (freshMs > 0) kept.set(key, { text: JSON.stringify(skeleton), until: now() + freshMs })
    },
  }
}

interface KeptText {
  readonly text: string
  readonly until: number
}

/** Only what this module wrote under a key of its own is read back. */
function readText<Value>(text: string): Value {
  return JSON.parse(text) as Value
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
