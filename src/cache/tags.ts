import type { CacheRules } from './cache-rules.js'
import { keptMs } from './freshness.js'
import { timesOfPeriod } from './time-to-live.js'

/** What a mutation changes of what is kept about its accounts: tags by coordinate. */
export type CacheChanges = Readonly<Record<string, readonly string[]>>

/** The tags of all rules, each once, in order. */
export function tagsOf(rules: CacheRules): readonly string[] {
  return [...new Set(Object.values(rules).flatMap(({ tag }) => tag ?? []))].sort()
}

/** The tags of what an operation touches, by its coordinates. */
export function tagsTouched(coordinates: Iterable<string>, rules: CacheRules): readonly string[] {
  return [...new Set([...coordinates].flatMap(coordinate => rules[coordinate]?.tag ?? []))].sort()
}

/** How long anything may be kept that a mutation can change, milliseconds. */
export function longestChanged(changes: CacheChanges, rules: CacheRules, ttlScale: number): number {
  const changed = new Set(Object.values(changes).flat())
  const lives = Object.values(rules)
    .filter(({ tag }) => tag !== undefined && changed.has(tag))
    // What has settled is kept longest: `seconds` alone would have its change forgotten while it still lies there.
    .map(rule => ('settles' in rule ? { ...rule, seconds: Math.max(rule.seconds, rule.settledSeconds) } : rule))
    .map(rule => keptMs(timesOfPeriod(rule, undefined, { now: 0, settlingDays: 0, ttlScale })))
  return Math.max(0, ...lives)
}
