import type { CacheRules, CacheSettings } from '../cache/cache-rules.js'
import { tagsTouched } from '../cache/tags.js'
import type { CacheTimes } from '../cache/time-to-live.js'
import { cacheTimes, rulesTouched } from '../cache/time-to-live.js'
import type { PlannedOperation } from '../plan/plan-cache.js'

export type ExplainedRules = CacheSettings & { readonly rules: CacheRules }

/** How long an answer would be kept, for whom, by which rules, and by which words it is forgotten. */
export interface ExplainedCache {
  readonly times: CacheTimes
  readonly share: 'scope' | 'person'
  /** Each coordinate that has a rule of its own, with its fresh time. The shortest wins. */
  readonly rules: readonly { readonly coordinate: string; readonly freshMs: number }[]
  readonly tags: readonly string[]
  /** Reads are kept apart, in windows. */
  readonly inWindows: boolean
}

export function explainCache({ plan, variables }: PlannedOperation, cache: ExplainedRules, now: number): ExplainedCache {
  const roots = plan.operation === 'query' ? plan.roots : []
  const input = { ...cache, roots, variables, now }
  return {
    times: cacheTimes(input),
    share: plan.personal ? 'person' : 'scope',
    rules: rulesTouched(input),
    tags: tagsTouched(plan.coordinates, cache.rules),
    inWindows: plan.series !== undefined,
  }
}

/** The same as lines of text. */
export function cacheLines({ times, share, rules, tags, inWindows }: ExplainedCache): readonly string[] {
  const seconds = (ms: number): number => ms / 1_000
  if (times.freshMs === 0) return ['not kept', ...rules.map(({ coordinate, freshMs }) => `  ${coordinate}: ${seconds(freshMs)} seconds`)]
  const whose = share === 'person' ? 'this person' : 'everybody with this very scope'
  return [
    `kept ${seconds(times.freshMs)} seconds, for ${whose}`,
    `after that given ${seconds(times.staleWhileRevalidateMs)} seconds while it is fetched anew, ${seconds(times.staleIfErrorMs)} where none can be had`,
    ...(inWindows ? ['its reads are kept in windows as well, whatever interval is asked next'] : []),
    'a value lives as its nearest rule says, an answer as the shortest-lived of its values:',
    ...rules.map(({ coordinate, freshMs }) => `  ${coordinate}: ${seconds(freshMs)} seconds`),
    `forgotten by POST /admin/purge with one of its accounts, or a tag out of ${tags.join(', ')}`,
  ]
}
