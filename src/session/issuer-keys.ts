import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors } from 'jose'
import { refusal } from '../errors.js'

export interface IssuerKeysOptions {
  /** One fetch of the key set, milliseconds. @default 5000 */
  readonly timeoutMs?: number
  /** How long after a fetch an unknown key id may not cause another one, milliseconds. @default 10000 */
  readonly cooldownMs?: number
  /** How long after a failed fetch no other is tried, milliseconds. @default 1000 */
  readonly retryAfterMs?: number
  /** How long keys are used without asking again, milliseconds. @default 600000 */
  readonly maxAgeMs?: number
  /** How long the last known keys still serve while the issuer cannot be reached, milliseconds. @default 3600000 */
  readonly maxStaleMs?: number
}

/**
 * The signing keys of one issuer, never pooled with another's: the same key id may exist at two issuers.
 * Concurrent callers share one fetch. While the issuer cannot be reached the last known keys go on serving for a
 * bounded time, so that its outage does not sign everybody out.
 *
 * The returned function throws GatewayError `UPSTREAM_UNAVAILABLE` when there are no keys to be had, and jose's own
 * error when the token names a key that the issuer does not have.
 */
export function createIssuerKeys(url: URL, options: IssuerKeysOptions = {}): JWTVerifyGetKey {
  const { timeoutMs = 5000, cooldownMs = 10_000, maxAgeMs = 600_000, maxStaleMs = 3_600_000 } = options
  const source = createKeyFetch(options.retryAfterMs ?? 1000)
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: timeoutMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: maxAgeMs,
    [customFetch]: source.fetch,
  })
  return async function issuerKey(header, token) {
    try {
      return await remote(header, token)
    } catch (error) {
      if (isFaultOfToken(error)) throw error
      const known = remote.jwks()
      if (known === undefined || Date.now() - source.succeededAt() > maxStaleMs) {
        throw refusal('UPSTREAM_UNAVAILABLE', { cause: 'the signing keys of the session issuer could not be fetched' })
      }
      return createLocalJWKSet(known)(header, token)
    }
  }
}

type KeyFetch = NonNullable<NonNullable<Parameters<typeof createRemoteJWKSet>[1]>[typeof customFetch]>

/** A fetch that remembers its last success and pauses after a failure: forged key ids must not become load on the issuer. */
function createKeyFetch(retryAfterMs: number): { fetch: KeyFetch; succeededAt: () => number } {
  let failedAt = -Infinity
  let succeededAt = -Infinity
  async function fetchKeys(...[url, init]: Parameters<KeyFetch>): Promise<Response> {
    if (Date.now() - failedAt < retryAfterMs) throw new Error('the last fetch of the key set failed a moment ago')
    failedAt = Date.now()
    const response = await fetch(url, init)
    if (response.status !== 200) return response
    const keys = (await response.json()) as JSONWebKeySet
    // Throws for what is no key set, such as a page that says "down for maintenance": it must not lengthen the life of the keys before it.
    createLocalJWKSet(keys)
    succeededAt = Date.now()
    failedAt = -Infinity
    return Response.json(keys)
  }
  return { fetch: fetchKeys, succeededAt: () => succeededAt }
}

function isFaultOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}
