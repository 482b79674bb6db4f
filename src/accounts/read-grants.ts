import { z } from 'zod'
import type { GatewayError } from '../errors.js'
import { refusal } from '../errors.js'
import { readAccountUrn } from './account-urn.js'
import type { Grant } from './grant.js'
import { personalGroups, roles } from './grant.js'

/** A reason longer than this is a mistake, in characters. */
export const maxReasonLength = 200

/** The keys that utilities choose for their own records are at most 40 characters long (Opower facts: identifiers). */
const maxNumberLength = 40
/** More than any account has. */
const maxPremises = 1_000

/** An instant in ISO 8601 with an offset or `Z`, as milliseconds since the epoch. */
const instant = z.iso
  .datetime({ offset: true })
  .transform(text => Date.parse(text))
  .nullish()

const urn = z.string().refine(text => readAccountUrn(text) !== undefined)

/** Unknown members void a grant: they might be a restriction that we would then ignore. */
const grantObject = z
  .strictObject({
    urn,
    role: z.enum(roles),
    fields: z.array(z.enum(personalGroups)).nullish(),
    write: z.boolean().nullish(),
    reason: z.string().max(maxReasonLength).nullish(),
    premises: z.array(z.string().min(1).max(maxNumberLength)).max(maxPremises).nullish(),
    validFrom: instant,
    validUntil: instant,
    dataFrom: instant,
    dataUntil: instant,
  })
  .refine(({ validFrom, validUntil, dataFrom, dataUntil }) => inOrder(validFrom, validUntil) && inOrder(dataFrom, dataUntil))

/** One grant as an object: `urn`, `role`, what differs from the role, and the four ends of its periods where they are bounded. */
export const grantSchema: z.ZodType<Grant> = grantObject.transform(toGrant)

/** One grant as an account URN alone: the account's holder, without bounds. */
export const urnSchema: z.ZodType<Grant> = urn.transform(text => ({ urn: text, role: 'holder' as const }))

/**
 * Checks what the grants of one answer are together.
 *
 * @throws GatewayError `INTERNAL` when an account is granted twice or the default is not granted,
 *   `ACCOUNT_NOT_IN_SCOPE` when any account belongs to another utility
 */
export function assertGrants(grants: readonly Grant[], defaultUrn: string | undefined, utilityCode: string): void {
  const urns = new Set(grants.map(grant => grant.urn))
  if (urns.size !== grants.length) throw voidAnswer('grants an account twice')
  if (defaultUrn !== undefined && !urns.has(defaultUrn)) throw voidAnswer('names a default that it does not grant')
  if (grants.some(grant => readAccountUrn(grant.urn)?.utilityCode !== utilityCode)) {
    throw refusal('ACCOUNT_NOT_IN_SCOPE', { cause: 'the directory names accounts of another utility' })
  }
}

/** An answer of the directory that is never taken for a set of grants. The reason is for the log and holds no values. */
export function voidAnswer(reason: string): GatewayError {
  return refusal('INTERNAL', { cause: `the answer of the account directory is void: it ${reason}` })
}

/** The same for an answer that is not as it should be, with the place. */
export function malformedAnswer({ issues: [first] }: z.ZodError): GatewayError {
  return voidAnswer(`is incomplete or malformed at ${first?.path.join('.') || 'its root'}`)
}

function inOrder(from: number | null | undefined, until: number | null | undefined): boolean {
  return (from ?? -Infinity) <= (until ?? Infinity)
}

/** What is null was not said. */
function toGrant({ urn, role, ...rest }: z.infer<typeof grantObject>): Grant {
  const given = Object.entries(rest).filter(([, value]) => value != null)
  return { urn, role, ...Object.fromEntries(given) }
}
