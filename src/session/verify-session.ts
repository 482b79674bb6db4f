import { hash } from 'node:crypto'
import type { JWTHeaderParameters, JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import { errors, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import type { AtOnce } from '../at-once.js'
import { GatewayError } from '../errors.js'
import type { Settings } from '../settings.js'
import { sessionExpired, unauthenticated } from './bearer.js'
import { createIntrospection, isSignedToken } from './introspection.js'
import type { IssuerKeysOptions } from './issuer-keys.js'
import { createIssuerKeys } from './issuer-keys.js'
import { readSession } from './read-session.js'
import type { Session } from './session.js'

export interface SessionVerifierOptions {
  /** Issuer, audience, algorithms and key set: `settings.session`. */
  readonly session: Settings['session']
  /** The utility that is served; a token that names another one is refused. */
  readonly utilityCode: string
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
  /** How long a verified token is not checked again, milliseconds, as of now; never beyond its `exp`. @default 60000 */
  readonly maxCachedMs?: number | (() => number)
  /** How many verified tokens are remembered. @default 10000 */
  readonly maxCachedSessions?: number
  readonly keys?: IssuerKeysOptions
}

export interface SessionVerifier {
  /**
   * The session that a token proves: at once while it is remembered.
   *
   * @throws GatewayError `UNAUTHENTICATED` for a token that is not good, `SESSION_EXPIRED` for one that was good,
   *   `UPSTREAM_UNAVAILABLE` when the issuer's keys cannot be fetched
   */
  verify(token: string): AtOnce<Session>
}

/**
 * Verifies customer sessions: JSON Web Tokens of one issuer, for one audience, signed with listed public-key
 * algorithms (RFC 7519, RFC 8725 sections 3.1 and 3.8 to 3.11). A verified token is remembered by its digest, so
 * that a page of requests costs one check. A check after that asks whether the issuer still has the key: of the same
 * token and the same key the signature says the same. Where the settings name an introspection endpoint, opaque
 * tokens are asked about there (RFC 7662) and remembered as long.
 *
 * @throws TypeError when issuer or audience is empty, or an algorithm is not a public-key one
 */
export function createSessionVerifier(options: SessionVerifierOptions): SessionVerifier {
  assertSessionSettings(options.session)
  const { maxCachedMs = 60_000, maxCachedSessions = 10_000, now = Date.now } = options
  const verified = new LRUCache<string, CachedToken>({ max: maxCachedSessions })
  const inFlight = new Map<string, Promise<Session>>()
  const check = createTokenCheck(options, now)

  const maxAge = typeof maxCachedMs === 'number' ? () => maxCachedMs : maxCachedMs
  const isFresh = ({ session, at }: CachedToken): boolean => now() < Math.min(session.expiresAt * 1000, at + maxAge())

  async function verifyAndKeep(key: string, token: string, known: CheckedToken | undefined): Promise<Session> {
    const { session, proof } = await check(token, known)
    verified.set(key, { session, proof, at: now() })
    return session
  }

  return {
    verify(token) {
      const key = hash('sha256', token, 'base64url')
      const known = verified.get(key)
      if (known !== undefined && isFresh(known)) return known.session
      const pending = inFlight.get(key) ?? verifyAndKeep(key, token, known).finally(() => inFlight.delete(key))
      inFlight.set(key, pending)
      return pending
    },
  }
}

interface CheckedToken {
  readonly session: Session
  /** What proved it; undefined where the issuer said so. */
  readonly proof?: SignatureProof | undefined
}

interface CachedToken extends CheckedToken {
  /** When it was checked, milliseconds since the epoch. */
  readonly at: number
}

interface SignatureProof {
  readonly header: JWTHeaderParameters
  /** The very object that the issuer's key set gave. */
  readonly key: unknown
}

/** @param known what came of it the last time */
type TokenCheck = (token: string, known?: CheckedToken) => Promise<CheckedToken>

/** For `nbf` of an issuer whose clock runs ahead of ours, seconds. `exp` is taken to the letter. */
const clockToleranceSeconds = 5

function createTokenCheck(options: SessionVerifierOptions, now: () => number): TokenCheck {
  const checkSigned = createSignedTokenCheck(options, now)
  const { introspection } = options.session
  if (introspection === undefined) return checkSigned
  const introspect = createIntrospection({ ...options, introspection, now })
  // A signed token is never asked about: what its signature, type and audience say must not be passed by.
  return async (token, known) => (isSignedToken(token) ? checkSigned(token, known) : { session: await introspect(token) })
}

function createSignedTokenCheck({ session: settings, utilityCode, keys }: SessionVerifierOptions, now: () => number): TokenCheck {
  const issuerKeys = createIssuerKeys(settings.jwksUrl, keys)
  const rules: JWTVerifyOptions = {
    issuer: settings.issuer,
    audience: settings.audience,
    algorithms: [...settings.algorithms],
    requiredClaims: ['exp', 'sub'],
    clockTolerance: clockToleranceSeconds,
    ...(settings.typ === undefined ? {} : { typ: settings.typ }),
  }
  return async function checkToken(token, known) {
    const at = now()
    let keyOf = issuerKeys
    if (known?.proof !== undefined && at < known.session.expiresAt * 1000) {
      const found = issuerKeys(known.proof.header, unsigned)
      if (await isSame(found, known.proof)) return known
      // The same token names the same key: an issuer that hangs is waited for once.
      keyOf = () => found
    }
    const { claims, proof } = await verifyToken(token, keyOf, { ...rules, currentDate: new Date(at) })
    const session = readSession(claims, settings.issuer, utilityCode)
    if (proof === undefined || session.expiresAt * 1000 <= at) throw sessionExpired()
    return { session, proof }
  }
}

/** A key is looked for by the header alone. */
const unsigned = { payload: '', signature: '' }

/** Whether the issuer still has the key. Where that cannot be found out the token is verified from the start, and that tells why. */
async function isSame(found: ReturnType<JWTVerifyGetKey>, { key }: SignatureProof): Promise<boolean> {
  try {
    return (await found) === key
  } catch {
    return false
  }
}

/**
 * Expiry is the last thing that jose checks; the claims of an expired token are verified, and the caller judges them before it says "expired".
 *
 * @returns no proof for a token that has expired
 */
async function verifyToken(
  token: string,
  keys: JWTVerifyGetKey,
  rules: JWTVerifyOptions,
): Promise<{ claims: JWTPayload; proof?: SignatureProof }> {
  try {
    const { payload, protectedHeader, key } = await jwtVerify(token, keys, rules)
    return { claims: payload, proof: { header: protectedHeader, key } }
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { claims: error.payload }
    if (error instanceof GatewayError) throw error
    throw unauthenticated(error instanceof errors.JOSEError ? `${error.code}: ${error.message}` : 'the token could not be verified')
  }
}

/** Public-key signatures only: with a symmetric algorithm whoever verifies could also forge. */
const publicKeyAlgorithm = /^(?:(?:RS|PS|ES)(?:256|384|512)|EdDSA|Ed25519)$/

function assertSessionSettings({ issuer, audience, algorithms }: Settings['session']): void {
  if (issuer === '') throw new TypeError('SESSION_ISSUER must be the exact issuer of session tokens, but got: nothing')
  if (audience === '') throw new TypeError('SESSION_AUDIENCE must be the audience of session tokens, but got: nothing')
  if (algorithms.length === 0) throw new TypeError('SESSION_ALGORITHMS must name at least one algorithm, but got: nothing')
  const refused = algorithms.filter(name => !publicKeyAlgorithm.test(name))
  if (refused.length > 0) {
    throw new TypeError(`SESSION_ALGORITHMS must be public-key algorithms such as ES256 or RS256, but got: ${refused.join(', ')}`)
  }
}
