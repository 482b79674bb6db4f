import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { IntrospectionResponse } from 'openid-client'
import * as oauth from 'openid-client'
import { readBodyWithin } from '../accounts/bounded-body.js'
import type { GatewayError } from '../errors.js'
import { refusal } from '../errors.js'
import type { Settings } from '../settings.js'
import { isLoopback } from '../settings/addresses.js'
import type { IntrospectionSettings } from '../settings/introspection.js'
import { readSecret } from '../settings/secrets.js'
import { sessionExpired, unauthenticated } from './bearer.js'
import { readSession } from './read-session.js'
import type { Session } from './session.js'

export interface IntrospectionOptions {
  readonly session: Pick<Settings['session'], 'issuer' | 'audience'>
  readonly introspection: IntrospectionSettings
  readonly utilityCode: string
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
  /** One question, body included, milliseconds. @default 5000 */
  readonly timeoutMs?: number
  /** How long a token that is not active is refused without asking again, milliseconds. @default 3000 */
  readonly inactiveMs?: number
  /** Questions at once; strangers' tokens beyond that are not asked about. @default 100 */
  readonly maxInFlight?: number
}

/** The longest answer that is read, bytes. */
const maxBytes = 65_536
/** For `nbf` of an issuer whose clock runs ahead of ours, seconds. `exp` is taken to the letter. */
const clockToleranceSeconds = 5

/**
 * Asks the issuer what an opaque token stands for (RFC 7662), as a client of its own by HTTP Basic. What the answer says of issuer, audience,
 * subject, expiry and actor is judged as strictly as the claims of a signed token: an answer that leaves one of them out proves nothing.
 * A good answer is not remembered here.
 *
 * The returned function throws GatewayError `UNAUTHENTICATED` for a token that is not active or not for us, `SESSION_EXPIRED` for one whose
 * time is over, `UPSTREAM_UNAVAILABLE` when the issuer cannot be asked.
 */
export function createIntrospection(options: IntrospectionOptions): (token: string) => Promise<Session> {
  const { now = Date.now, inactiveMs = 3000, maxInFlight = 100 } = options
  const inactive = new LRUCache<string, number>({ max: 10_000 })
  let inFlight = 0
  return async function introspect(token) {
    const key = hash('sha256', token, 'base64url')
    if (now() < (inactive.get(key) ?? 0)) throw notActive()
    if (inFlight >= maxInFlight) throw unavailable('too many tokens are being asked about')
    inFlight += 1
    const answer = await ask(token, options).finally(() => {
      inFlight -= 1
    })
    if (answer.active) return judge(answer, options, now())
    inactive.set(key, now() + inactiveMs)
    throw notActive()
  }
}

/** Whether a token is a signed one (RFC 7515 section 7.1): then its signature is verified and nobody is asked. */
export function isSignedToken(token: string): boolean {
  const [header = '', ...others] = token.split('.')
  return others.length === 2 && hasAlgorithm(header)
}

function hasAlgorithm(header: string): boolean {
  try {
    return 'alg' in Object(JSON.parse(Buffer.from(header, 'base64url').toString('utf8')))
  } catch {
    return false
  }
}

/** The credentials are read for each question, so that they can be changed while the gateway runs. */
async function ask(token: string, { introspection, session, timeoutMs = 5000 }: IntrospectionOptions): Promise<IntrospectionResponse> {
  try {
    const { url, clientId, clientSecret } = introspection
    const server = { issuer: session.issuer, introspection_endpoint: url.href }
    const config = new oauth.Configuration(server, readSecret(clientId), {}, oauth.ClientSecretBasic(readSecret(clientSecret)))
    // Plain http never leaves this machine; the settings allow it for the simulator only.
    if (url.protocol === 'http:' && isLoopback(url)) oauth.allowInsecureRequests(config)
    config.timeout = timeoutMs / 1000
    config[oauth.customFetch] = fetchWithin
    return await oauth.tokenIntrospection(config, token, { token_type_hint: 'access_token' })
  } catch (error) {
    throw unavailable(error instanceof Error ? error.name : 'the question failed')
  }
}

/** A redirect is not followed: it would send the customer's token and our credentials to a place nobody configured. */
async function fetchWithin(url: string, { body, ...init }: oauth.CustomFetchOptions): Promise<Response> {
  const response = await fetch(url, { ...init, body: String(body), redirect: 'manual', signal: init.signal ?? null })
  const text = await readBodyWithin(response, maxBytes)
  if (text === undefined) throw new TypeError('the answer is too long')
  return new Response(text, { status: response.status, headers: response.headers })
}

function judge(answer: IntrospectionResponse, { session, utilityCode }: IntrospectionOptions, now: number): Session {
  const { iss, aud, nbf, token_type: type } = answer
  if (iss !== session.issuer) throw unauthenticated('the introspection answer is of another issuer, or of none')
  if (!listOf(aud).includes(session.audience)) throw unauthenticated('the token is for another audience, or for none')
  // A refresh token is active too; one that is bound to a key must not be shown without it.
  if (type !== undefined && String(type).toLowerCase() !== 'bearer') throw unauthenticated('the token is no bearer token')
  if (answer['cnf'] !== undefined) throw unauthenticated('the token is bound to a key')
  if (nbf !== undefined && !(Number(nbf) <= now / 1000 + clockToleranceSeconds)) throw unauthenticated('the token is not valid yet')
  const { active: _active, ...claims } = answer
  const found = readSession(claims, session.issuer, utilityCode)
  if (found.expiresAt * 1000 <= now) throw sessionExpired()
  return found
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

function notActive(): GatewayError {
  return unauthenticated('the issuer says that the token is not active')
}

function unavailable(reason: string): GatewayError {
  return refusal('UPSTREAM_UNAVAILABLE', { cause: `the session issuer could not be asked about a token: ${reason}` })
}
