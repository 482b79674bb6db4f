import type { Variables } from '../plan/argument-values.js'
import { valueNamed } from '../plan/argument-values.js'
import { readInterval } from '../plan/interval.js'
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
}

const day = 86_400_000

/** How long the answer of an operation may be kept, in milliseconds: the shortest rule of all it touches. Zero: not at all. */
export function timeToLive(input: TimeToLiveInput): number {
  if (input.roots.length === 0) return 0
  return Math.min(...input.roots.map(root => secondsOf(root, 0, input))) * 1_000
}

function secondsOf(selected: Selected, inherited: number, input: TimeToLiveInput): number {
  if (selected.name.startsWith('__')) return selected.name === '__typename' ? Infinity : 0
  const rule = input.rules[coordinateOf(selected)]
  const own = rule === undefined ? inherited : ruleSeconds(rule, selected, input)
  // What holds values is as old as they are: it has no age of its own.
  return selected.children.length === 0 ? own : Math.min(...selected.children.map(child => secondsOf(child, own, input)))
}

function ruleSeconds(rule: CacheRule, selected: Selected, { variables, now, settlingDays }: TimeToLiveInput): number {
  if (!('settles' in rule)) return rule.seconds
  const interval = readInterval(valueNamed(argumentsOf(selected), rule.settles, variables), { dates: true })
  const isSettled = interval !== undefined && interval.until <= now - settlingDays * day
  return isSettled ? rule.settledSeconds : rule.seconds
}
