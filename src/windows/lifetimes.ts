import type { CacheRule, CacheSettings } from '../cache/cache-rules.js'
import { timesOfPeriod } from '../cache/time-to-live.js'
import type { Period } from '../plan/interval.js'
import { isInside } from '../plan/interval.js'

/** Until when each window of a stretch is good, milliseconds since the epoch: windows in a row that are good as long as each other stand together. */
export type Lifetimes = readonly (Period & { readonly good: number })[]

/** @param gaps when reads begin that are missing and may yet come: their windows are never settled */
export function lifetimesOf(
  windows: readonly Period[],
  gaps: readonly number[],
  rule: CacheRule,
  settings: CacheSettings & { readonly now: number },
): Lifetimes {
  const lifetimes: { readonly from: number; until: number; readonly good: number }[] = []
  for (const { from, until } of windows) {
    const hasGap = gaps.length > 0 && gaps.some(at => at >= from && at < until)
    const good = settings.now + timesOfPeriod(rule, hasGap ? undefined : { from, until }, settings).freshMs
    const last = lifetimes.at(-1)
    if (last?.good === good) last.until = until
    else lifetimes.push({ from, until, good })
  }
  return lifetimes
}

/** Until when one of the windows is good; zero for one that is not of the stretch. */
export function goodUntil(lifetimes: Lifetimes, window: Period): number {
  return lifetimes.find(each => isInside(window, each))?.good ?? 0
}
