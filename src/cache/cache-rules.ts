/** How long an answer may be used after its own time is over, in seconds (RFC 5861). Without them it may not. */
export interface StaleTimes {
  /** So long it is given at once, while it is asked for anew behind it. @default 0 */
  readonly staleWhileRevalidate?: number
  /** So long it stands in where the source is down, or no call may be spent. @default 0 */
  readonly staleIfError?: number
}

/** How long an answer may be kept, in seconds, by what it is. */
export type CacheRule = StaleTimes & {
  /** A word for what it is, by which an operator can have it forgotten. */
  readonly tag?: string
} & (
    | { readonly seconds: number }
    /** By the interval in an argument: once it lies `settlingDays` back the data no longer changes. */
    | { readonly settles: string; readonly settledSeconds: number; readonly seconds: number }
  )

/** Rules by coordinate. A field without one lives as long as what holds it; a root without one is not kept at all. */
export type CacheRules = Readonly<Record<string, CacheRule>>

/** What an operator may change of the times: neither can make an answer last that no rule asks to keep. */
export interface CacheSettings {
  /** Every time of every rule is multiplied by it; 0 keeps nothing. @default 1 */
  readonly ttlScale: number
  /** After how many days the utility no longer corrects its reads and bills. @default 3 */
  readonly settlingDays: number
}

/** Where the answers and windows of one utility lie, and by which rules. */
export interface CacheSpace {
  /** With the operator's times. */
  readonly rules: CacheRules
  /** In the memory of each process, bytes; beyond it what was not used for longest goes first. @default 67108864 */
  readonly maxBytes: number
}

export const defaultCacheSettings: CacheSettings = { ttlScale: 1, settlingDays: 3 }
