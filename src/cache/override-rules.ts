import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { CacheRule, CacheRules } from './cache-rules.js'

const seconds = z.number().min(0).max(2_592_000)
const timesSchema = z.strictObject({
  seconds: seconds.optional(),
  settledSeconds: seconds.optional(),
  staleWhileRevalidate: seconds.optional(),
  staleIfError: seconds.optional(),
})

/**
 * The rules with other times, out of a JSON file: `{ "<Type.field>": { "seconds": 60, "staleIfError": 0 } }`. What is not said of a rule
 * stays as it is, and a coordinate without a rule cannot be given one: whether something may be kept at all is decided in the code.
 *
 * @throws {Error} that says what is wrong with the file and where, for the operator
 */
export function overrideRules(rules: CacheRules, file: string): CacheRules {
  const read = z.record(z.string(), timesSchema).safeParse(contentOf(file))
  if (!read.success) throw new Error(`something else at ${read.error.issues[0]?.path.join('.') || 'its outermost object'}`)
  const changed = Object.entries(read.data).map(([coordinate, times]) => [coordinate, overridden(rules, coordinate, times)] as const)
  return { ...rules, ...Object.fromEntries(changed) }
}

function overridden(rules: CacheRules, coordinate: string, times: z.infer<typeof timesSchema>): CacheRule {
  const rule = rules[coordinate]
  if (rule === undefined) throw new Error(`${coordinate}, for which there is no rule`)
  const {
    seconds: fresh = rule.seconds,
    staleWhileRevalidate = rule.staleWhileRevalidate ?? 0,
    staleIfError = rule.staleIfError ?? 0,
  } = times
  const other = { seconds: fresh, staleWhileRevalidate, staleIfError }
  if ('settles' in rule) return { ...rule, ...other, settledSeconds: times.settledSeconds ?? rule.settledSeconds }
  if (times.settledSeconds !== undefined) throw new Error(`settledSeconds for ${coordinate}, which never settles`)
  return { ...rule, ...other }
}

function contentOf(file: string): unknown {
  const text = readFileSync(file, 'utf8')
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('a file that is not JSON')
  }
}
