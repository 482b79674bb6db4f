import type { GatewayErrorCode } from '../errors.js'
import { GatewayError } from '../errors.js'

/** An answer as far as this module reads it. */
export interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly unknown[]
  readonly extensions?: Readonly<Record<string, unknown>>
}

/** The source failed, or may not be asked: an older answer is then better than none. A refusal or a fault of ours is something else. */
const trouble: ReadonlySet<GatewayErrorCode> = new Set(['UPSTREAM_UNAVAILABLE', 'UPSTREAM_TIMEOUT', 'UPSTREAM_BUDGET_EXHAUSTED'])

/** Whether an error says that no answer can be had for the moment. */
export function isTrouble(error: unknown): error is GatewayError {
  return error instanceof GatewayError && trouble.has(error.code)
}

/** Whether nothing of an answer came, for want of its sources alone. What came in part is told as it is. */
export function isWithout({ data, errors = [] }: Answer): boolean {
  return errors.length > 0 && errors.every(isTrouble) && Object.values(data ?? {}).every(value => value === null)
}

/** The answer with its age in it, in whole seconds since it was made: who is given an old one is always told. */
export function withAge<Kept extends Answer>(answer: Kept, ageMs: number): Kept {
  const { substation } = answer.extensions ?? {}
  const stale = { ageSeconds: Math.floor(ageMs / 1_000) }
  return { ...answer, extensions: { ...answer.extensions, substation: { ...Object(substation), stale } } }
}

/** Whether an answer, or a part of it, is older than it looks. */
export function isOld({ extensions }: Answer): boolean {
  return Object.hasOwn(Object(extensions?.['substation']), 'stale')
}
