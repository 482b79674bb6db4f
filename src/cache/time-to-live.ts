import type { Variables } from '../plan/argument-values.js'
import { valueOf } from '../plan/argument-values.js'
import type { Period } from '../plan/interval.js'
import { readInterval } from '../plan/interval.js'
import type { BoundArgument } from '../plan/plan.js'
import { argumentsOf } from '../plan/plan-field.js'
import type { Selected } from '../plan/selection.js'
import { coordinateOf } from '../plan/selection.js'
import type { CacheRule, CacheRules } from './cache-rules.js'

export interface TimeToLiveInput {
  readonly rules: CacheRules
  readonly roots: readonly Selected[]
  readonly variables: Variables
  /** Milliseconds since the epoch. */
  readonly now: number
  /** After how many days a utility no longer corrects its reads and bills. */
  readonly settlingDays: number
  /** Every time is multiplied by it. @default 1 */
  readonly ttlScale?: number
  /** A coordinate that is kept elsewhere: the rest does not live shorter because of it. */
  readonly without?: string | undefined
}

/** How long an answer is good, and how long it may still be used after that; milliseconds. */
export interface CacheTimes {
  readonly freshMs: number
  readonly staleWhileRevalidateMs: number
  readonly staleIfErrorMs: number
}

const day = 86_400_000

/** No answer outlives this, whatever the rules say, milliseconds: by then everybody's keys have changed anyway. */
export const longestMs = 30 * day

/** The times of an operation's answer: each the shortest of all that it touches. Fresh for zero: not kept at all. */
export function cacheTimes(input: TimeToLiveInput): CacheTimes {
  if (input.roots.length === 0) return nothing
  let [freshMs, staleWhileRevalidateMs, staleIfErrorMs] = [longestMs, longestMs, longestMs]
  const rules = rulesOf(input)
  for (const { rule, settling } of rules.governing) {
    const times = timesOfPeriod(rule, periodIn(settling, input), input)
    freshMs = Math.min(freshMs, times.freshMs)
    staleWhileRevalidateMs = Math.min(staleWhileRevalidateMs, times.staleWhileRevalidateMs)
    staleIfErrorMs = Math.min(staleIfErrorMs, times.staleIfErrorMs)
  }
  return freshMs > 0 ? asBefore(rules, { freshMs, staleWhileRevalidateMs, staleIfErrorMs }) : nothing
}

/** The very times of before where they are the same, as nearly always: thousands of entries hold on to them. */
function asBefore(rules: FoundRules, times: CacheTimes): CacheTimes {
  const { latest } = rules
  if (latest !== undefined && areSame(latest, times)) return latest
  rules.latest = times
  return times
}

function areSame(some: CacheTimes, others: CacheTimes): boolean {
  const { freshMs, staleWhileRevalidateMs, staleIfErrorMs } = others
  return some.freshMs === freshMs && some.staleWhileRevalidateMs === staleWhileRevalidateMs && some.staleIfErrorMs === staleIfErrorMs
}

const nothing: CacheTimes = { freshMs: 0, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }

/** How long the answer of an operation may be kept, in milliseconds: the shortest rule of all it touches. Zero: not at all. */
export function timeToLive(input: TimeToLiveInput): number {
  return cacheTimes(input).freshMs
}

/** Every coordinate that has a rule of its own, once with the shortest time that it comes to; in the order of the document. */
export function rulesTouched(input: TimeToLiveInput): readonly { readonly coordinate: string; readonly freshMs: number }[] {
  const found = new Map<string, number>()
  const visit = (selected: Selected): void => {
    const coordinate = coordinateOf(selected)
    const rule = input.rules[coordinate]
    if (rule !== undefined) {
      const { freshMs } = timesOfPeriod(rule, periodIn(settlingOf(rule, selected), input), input)
      found.set(coordinate, Math.min(freshMs, found.get(coordinate) ?? Infinity))
    }
    selected.children.forEach(visit)
  }
  input.roots.forEach(visit)
  return [...found].map(([coordinate, freshMs]) => ({ coordinate, freshMs }))
}

/** How long data of one stretch of time may be kept under a rule. */
export function timesOfPeriod(
  rule: CacheRule,
  period: Period | undefined,
  { now, settlingDays, ttlScale = 1 }: Pick<TimeToLiveInput, 'now' | 'settlingDays' | 'ttlScale'>,
): CacheTimes {
  const isSettled = 'settles' in rule && period !== undefined && period.until <= now - settlingDays * day
  const ms = (seconds: number): number => Math.min(longestMs, Math.round(seconds * ttlScale * 1_000))
  return {
    freshMs: ms(isSettled ? rule.settledSeconds : rule.seconds),
    staleWhileRevalidateMs: ms(rule.staleWhileRevalidate ?? 0),
    staleIfErrorMs: ms(rule.staleIfError ?? 0),
  }
}

/** A rule that some value of an operation lives by, and the field that it is the rule of. */
interface Ruled {
  readonly rule: CacheRule
  readonly selected: Selected
}

/** The same, with the argument whose interval decides how long. */
interface Governing extends Ruled {
  readonly settling: BoundArgument | undefined
}

/** What was found for the roots of one plan: under one set of rules, and without one coordinate. */
interface FoundRules extends Pick<TimeToLiveInput, 'rules' | 'without'> {
  readonly governing: readonly Governing[]
  /** What they came to last. */
  latest?: CacheTimes
}

const found = new WeakMap<readonly Selected[], readonly FoundRules[]>()

/** Which rules there are does not depend on who asks or when: they are looked for once for each plan. */
function rulesOf({ roots, rules, without }: TimeToLiveInput): FoundRules {
  const before = found.get(roots) ?? []
  const known = before.find(each => each.rules === rules && each.without === without)
  if (known !== undefined) return known
  const all = roots.flatMap(root => governing(root, { rule: { seconds: 0 }, selected: root }, rules, without))
  // One that looks at no argument says the same wherever it stands.
  const isNew = (each: Ruled, at: number): boolean =>
    all.findIndex(other => other.rule === each.rule && ('settles' in each.rule ? other.selected === each.selected : true)) === at
  const distinct = all.filter(isNew).map(({ rule, selected }) => ({ rule, selected, settling: settlingOf(rule, selected) }))
  const made: FoundRules = { rules, without, governing: distinct }
  found.set(roots, [...before, made])
  return made
}

function governing(selected: Selected, inherited: Ruled, rules: CacheRules, without: string | undefined): readonly Ruled[] {
  if (selected.name.startsWith('__')) return selected.name === '__typename' ? [] : [{ rule: { seconds: 0 }, selected }]
  const rule = rules[coordinateOf(selected)]
  const own = rule === undefined ? inherited : { rule, selected }
  // What holds values is as old as they are: it has no age of its own.
  const children = selected.children.filter(child => coordinateOf(child) !== without)
  return children.length === 0 ? [own] : children.flatMap(child => governing(child, own, rules, without))
}

function settlingOf(rule: CacheRule, selected: Selected): BoundArgument | undefined {
  return 'settles' in rule ? argumentsOf(selected).find(({ name }) => name === rule.settles) : undefined
}

function periodIn(settling: BoundArgument | undefined, { variables }: TimeToLiveInput): Period | undefined {
  return settling === undefined ? undefined : readInterval(valueOf(settling, variables), { dates: true })
}
