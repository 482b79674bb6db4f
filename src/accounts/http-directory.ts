import { z } from 'zod'
import { refusal } from '../errors.js'
import type { Session } from '../session/session.js'
import { readBodyWithin } from './bounded-body.js'
import type { AccountDirectory } from './directory.js'
import type { GrantSet } from './grant.js'
import { assertGrants, grantSchema, malformedAnswer, voidAnswer } from './read-grants.js'

export interface HttpDirectoryOptions {
  readonly url: URL
  /** One question from first byte to last, milliseconds. @default 5000 */
  readonly timeoutMs?: number
  /** The longest answer that is read, bytes. @default 1048576 */
  readonly maxBytes?: number
  /** The `Authorization` header that proves to the service who asks; none where absent. */
  readonly authorization?: () => Promise<string>
}

/**
 * Asks a service of the utility: `POST` of `{ issuer, sub, actor?, utilityCode }` as JSON. The answer repeats
 * `issuer`, `sub` and `actor`, says `complete: true` and a `version`, and lists `grants`; `default` may name one of
 * them. `docs/directory.md` and the OpenAPI description beside it are the contract for whoever runs the service. A list that was cut short, or that is somebody else's, is an error and never a set of grants.
 */
export function createHttpDirectory(options: HttpDirectoryOptions): AccountDirectory {
  const { maxBytes = 1_048_576 } = options
  return {
    async grantsOf(session) {
      const body = await requestGrants(session, options, maxBytes)
      if (body === undefined) throw voidAnswer('is too long')
      return readAnswer(body, session)
    },
  }
}

/** A redirect is not followed: it would send a customer's identity, and our credentials, to a place nobody configured. */
async function requestGrants(session: Session, options: HttpDirectoryOptions, maxBytes: number): Promise<string | undefined> {
  const { url, timeoutMs = 5000, authorization } = options
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(authorization === undefined ? {} : { authorization: await authorization() }),
      },
      body: JSON.stringify({ ...session.subject, utilityCode: session.utilityCode }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    return await readBodyWithin(response, maxBytes)
  } catch (error) {
    throw refusal('UPSTREAM_UNAVAILABLE', { cause: error })
  }
}

/** What else the answer may hold is left alone: `complete` alone decides whether there is more to ask for. */
const answerSchema = z.object({
  issuer: z.string(),
  sub: z.string(),
  actor: z.string().nullish(),
  utilityCode: z.string().nullish(),
  complete: z.literal(true),
  version: z.string().min(1).max(200),
  grants: z.array(grantSchema),
  default: z.string().nullish(),
  customerIds: z.array(z.string().min(1).max(100)).max(100).nullish(),
})

function readAnswer(body: string, { subject, utilityCode }: Session): GrantSet {
  const read = answerSchema.safeParse(readJson(body))
  if (!read.success) throw malformedAnswer(read.error)
  const answer = read.data
  if (answer.issuer !== subject.issuer || answer.sub !== subject.sub) throw voidAnswer('is about somebody else')
  // A service that never heard of actors would answer with the customer's own grants.
  if ((answer.actor ?? undefined) !== subject.actor) throw voidAnswer('is about another actor')
  if ((answer.utilityCode ?? utilityCode) !== utilityCode) throw voidAnswer('is about another utility')
  const defaultUrn = answer.default ?? undefined
  assertGrants(answer.grants, defaultUrn, utilityCode)
  return {
    grants: answer.grants,
    version: answer.version,
    ...(defaultUrn === undefined ? {} : { defaultUrn }),
    ...(answer.customerIds == null ? {} : { customerIds: answer.customerIds }),
  }
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
