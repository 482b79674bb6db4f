import { z } from 'zod'
import type { Faults } from './faults.js'
import { foreignPlaces } from './foreign.js'

const rate = z.number().min(0).max(1).default(1)
const count = z.int().min(0)
const status = z.int().min(200).max(599)

/** `true` and `{}` mean always, `false` means never. */
const switchable = z.union([z.boolean(), z.strictObject({ rate })])

const shape = z.strictObject({
  down: switchable.optional(),
  html: z.union([z.boolean(), z.strictObject({ rate, code: status.optional() })]).optional(),
  truncated: switchable.optional(),
  reset: switchable.optional(),
  slow: z.strictObject({ rate, ms: count }).optional(),
  status: z.strictObject({ rate, code: status, retryAfter: count.optional() }).optional(),
  nullRoot: switchable.optional(),
  partial: switchable.optional(),
  limits: z
    .strictObject({ perSecond: count.optional(), perDay: count.optional(), body: z.enum(['json', 'plain', 'html']).optional() })
    .optional(),
  aliasBleed: z.enum(['off', 'last', 'mixed']).optional(),
  foreign: z.array(z.enum(foreignPlaces)).optional(),
  outsideRange: z.enum(['empty', 'error']).optional(),
  emptyUrns: z.enum(['everyone', 'nobody']).optional(),
  exports: z.strictObject({ runningMs: count.optional(), failed: switchable.optional(), missingDays: switchable.optional() }).optional(),
  tokenEndpoint: z
    .strictObject({
      down: z.boolean().optional(),
      slow: z.union([count, z.strictObject({ ms: count })]).optional(),
      expiresIn: count.optional(),
      endsOlder: z.boolean().optional(),
    })
    .optional(),
})

type Given = z.infer<typeof shape>

/** No fault at all. */
export const noFaults: Faults = faultsOf({})

/** The faults that a JSON value names, the rest off; or what is wrong with it, as one line. */
export function readFaults(value: unknown): Faults | { readonly error: string } {
  const result = shape.safeParse(value)
  return result.success ? faultsOf(result.data) : { error: lineOf(result.error) }
}

/** The first faults of a wrong value, as `name: what was expected`. */
export function lineOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; ')
}

function faultsOf(given: Given): Faults {
  return {
    down: rated(given.down),
    html: { ...rated(given.html), code: typeof given.html === 'object' ? (given.html.code ?? 200) : 200 },
    truncated: rated(given.truncated),
    reset: rated(given.reset),
    slow: { ...rated(given.slow), ms: given.slow?.ms ?? 0 },
    status: { ...rated(given.status), code: given.status?.code ?? 503, retryAfter: given.status?.retryAfter },
    nullRoot: rated(given.nullRoot),
    partial: rated(given.partial),
    limits: {
      perSecond: given.limits?.perSecond ?? Infinity,
      perDay: given.limits?.perDay ?? Infinity,
      body: given.limits?.body ?? 'json',
    },
    aliasBleed: given.aliasBleed ?? 'off',
    foreign: given.foreign ?? [],
    outsideRange: given.outsideRange ?? 'empty',
    emptyUrns: given.emptyUrns ?? 'everyone',
    exports: exportFaults(given.exports),
    tokenEndpoint: tokenFaults(given.tokenEndpoint),
  }
}

function exportFaults(given: Given['exports']): Faults['exports'] {
  return { runningMs: given?.runningMs, failed: rated(given?.failed), missingDays: rated(given?.missingDays) }
}

function tokenFaults(given: Given['tokenEndpoint']): Faults['tokenEndpoint'] {
  const slow = given?.slow ?? 0
  return {
    down: given?.down ?? false,
    slow: typeof slow === 'number' ? slow : slow.ms,
    endsOlder: given?.endsOlder ?? false,
    ...(given?.expiresIn === undefined ? {} : { expiresIn: given.expiresIn }),
  }
}

function rated(given: boolean | { readonly rate: number } | undefined): { readonly rate: number } {
  if (typeof given === 'object') return { rate: given.rate }
  return { rate: given === true ? 1 : 0 }
}
