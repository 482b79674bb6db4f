import type { GatewayError, GatewayErrorCode } from '../errors.js'
import { refusal } from '../errors.js'

/** The longest `Authorization` header read, in characters; Node itself stops at 16 KiB for all headers together. */
export const maxBearerLength = 12_288

/** `b64token` of RFC 6750 section 2.1; the scheme's case does not matter (RFC 9110 section 11.1). */
const bearerCredentials = /^[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9\-._~+/]+=*)$/

/**
 * The token of an `Authorization: Bearer` header.
 *
 * @throws GatewayError `UNAUTHENTICATED` when the header is absent, oversized, of another scheme or not one token
 */
export function readBearer(authorizationHeader: string | null): string {
  if (authorizationHeader === null || authorizationHeader === '') throw unauthenticated('no credentials', 'absent')
  if (authorizationHeader.length > maxBearerLength) throw unauthenticated('an oversized Authorization header')
  const token = bearerCredentials.exec(authorizationHeader)?.[1]
  if (token === undefined) throw unauthenticated('an Authorization header that is not one bearer token')
  return token
}

/**
 * The refusal of a request without a good session.
 *
 * @param reason for the log only; never holds the token
 * @param credentials `absent` where none came at all: then no error code is named (RFC 6750 section 3.1)
 */
export function unauthenticated(reason: string, credentials: 'absent' | 'bad' = 'bad'): GatewayError {
  const challenge = credentials === 'absent' ? bearerRealm : `${bearerRealm}, error="invalid_token"`
  return refuse('UNAUTHENTICATED', challenge, reason)
}

/** The refusal of a session that was good once. */
export function sessionExpired(): GatewayError {
  const challenge = `${bearerRealm}, error="invalid_token", error_description="The session has expired"`
  return refuse('SESSION_EXPIRED', challenge, 'the session token has expired')
}

const bearerRealm = 'Bearer realm="substation"'

function refuse(code: GatewayErrorCode, challenge: string, reason: string): GatewayError {
  return refusal(code, { headers: { 'www-authenticate': challenge }, cause: reason })
}
