import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { readBearer, unauthenticated } from '../session/bearer.js'
import { isSignedToken } from '../session/introspection.js'
import type { Settings } from '../settings.js'
import type { UtilityCookie } from './utility-cookie.js'

/** What decides whether a request is for a utility. */
export interface Choosable {
  readonly code: string
  readonly session: Pick<Settings['session'], 'issuer' | 'audience' | 'introspection'>
}

/**
 * The utility that a request is for, by what its credentials say of themselves; nothing is believed yet. A signed token names its issuer and
 * audience, and where several utilities have both in common its claim `utility` decides. An opaque token is for the one utility that asks
 * about such tokens. The cookie of a browser session carries the utility's code. `x-substation-utility` can only narrow.
 *
 * Whoever is chosen then verifies with its own issuer, audience, keys and sessions, so a lie leads to a refusal.
 *
 * @throws GatewayError `UNAUTHENTICATED` where none or several are named
 */
export function chooseUtility<Utility extends Choosable>(
  { authorization, 'x-substation-utility': hint }: IncomingHttpHeaders,
  cookies: readonly UtilityCookie[],
  utilities: readonly Utility[],
): Utility {
  const named = authorization === undefined ? byCookie(cookies, utilities) : byToken(authorization, utilities)
  const [chosen, ...others] = hint === undefined ? named : named.filter(({ code }) => code === hint)
  if (chosen === undefined) throw unauthenticated('credentials that are for no utility here')
  if (others.length > 0) throw unauthenticated('credentials that may be for several utilities')
  return chosen
}

function byCookie<Utility extends Choosable>(cookies: readonly UtilityCookie[], utilities: readonly Utility[]): readonly Utility[] {
  if (cookies.length === 0) throw unauthenticated('no credentials', 'absent')
  // Two cookies of one name may have come from another site below the same domain: then neither is believed.
  return cookies.length > 1 ? [] : utilities.filter(({ code }) => code === cookies[0]?.code)
}

function byToken<Utility extends Choosable>(authorization: string, utilities: readonly Utility[]): readonly Utility[] {
  const token = readBearer(authorization)
  if (!isSignedToken(token)) return utilities.filter(({ session }) => session.introspection !== undefined)
  const claims = claimsOf(token)
  const matching = utilities.filter(({ session }) => claims?.iss === session.issuer && claims.aud.includes(session.audience))
  // One alone judges the claim itself, as it judges all others.
  return matching.length < 2 ? matching : matching.filter(({ code }) => claims?.utility === undefined || claims.utility === code)
}

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.union([z.string().transform(one => [one]), z.array(z.string())]),
  utility: z.unknown().optional(),
})

/** The claims of a token as they stand there; undefined where they cannot be read. */
function claimsOf(token: string): z.infer<typeof claimsSchema> | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return claimsSchema.safeParse(payload).data
  } catch {
    return undefined
  }
}
