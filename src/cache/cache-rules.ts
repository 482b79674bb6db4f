/** How long an answer may be kept, in seconds, by what it is. */
export type CacheRule =
  | { readonly seconds: number }
  /** By the interval in an argument: once it lies `settlingDays` back the data no longer changes. */
  | { readonly settles: string; readonly settledSeconds: number; readonly seconds: number }

/** Rules by coordinate. A field without one lives as long as what holds it; a root without one is not kept at all. */
export type CacheRules = Readonly<Record<string, CacheRule>>
