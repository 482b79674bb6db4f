import * as oauth from 'openid-client'
import { readMembers } from '../opower/read-members.js'
import { systemCodeOf } from '../opower/upstream-errors.js'
import { isLoopback } from '../settings/addresses.js'
import type { ClientAuthSettings } from '../settings/client-auth.js'
import type { Credentials } from './client-auth.js'
import { createClientAuth } from './client-auth.js'
import { TokenFailure } from './token-failure.js'
import { assertBearer, readTokenResponse } from './token-response.js'

export interface TokenRequest {
  readonly tokenUrl: URL
  readonly credentials: Credentials
  /** @default HTTP Basic */
  readonly clientAuth?: ClientAuthSettings | undefined
  readonly fetch: typeof fetch
  /** For the whole call, body included, in milliseconds. */
  readonly timeoutMs: number
}

export interface TokenAnswer {
  readonly value: string
  /** Counted from when the token was asked for, in milliseconds. */
  readonly lifeMs: number
  /** How long ago it was asked for, in milliseconds, when another process did. @default 0 */
  readonly ageMs?: number
}

/**
 * Asks for one utility token: client credentials (RFC 6749 section 4.4), by default with client id and secret by HTTP Basic
 * (section 2.3.1), form-encoded, as Oracle's guide describes it. Redirects are not followed.
 *
 * @throws {TokenFailure} whatever went wrong, in words of our own
 */
export async function requestToken(request: TokenRequest): Promise<TokenAnswer> {
  const { tokenUrl, credentials, timeoutMs } = request
  const server = { issuer: tokenUrl.origin, token_endpoint: tokenUrl.href }
  const clientAuth = await createClientAuth(credentials, tokenUrl, request.clientAuth)
  const config = new oauth.Configuration(server, credentials.clientId, {}, clientAuth)
  // Plain http never leaves this machine; the settings allow it for the simulator only.
  if (tokenUrl.protocol === 'http:' && isLoopback(tokenUrl)) oauth.allowInsecureRequests(config)
  config.timeout = timeoutMs / 1000
  let [status, lifeMs] = [0, 0]
  let failure: TokenFailure | undefined
  config[oauth.customFetch] = async (url, { method, headers, body, signal = null }) => {
    try {
      const init = { method, headers, body: String(body), redirect: 'manual', signal } as const
      const judged = await readTokenResponse(await request.fetch(url, init))
      status = judged.response.status
      lifeMs = judged.lifeMs
      return judged.response
    } catch (error) {
      throw (failure = transportFailureOf(error))
    }
  }
  try {
    const { access_token, token_type } = await oauth.clientCredentialsGrant(config)
    return { value: assertBearer(access_token, token_type), lifeMs }
  } catch (error) {
    throw failure ?? refusalOf(error, status)
  }
}

function transportFailureOf(error: unknown): TokenFailure {
  if (error instanceof TokenFailure) return error
  // Not `instanceof`: a DOMException need not be an Error.
  const { name } = readMembers(error)
  return name === 'TimeoutError' || name === 'AbortError' ? new TokenFailure('timeout') : new TokenFailure('network', systemCodeOf(error))
}

/** What the endpoint, or the library that checks its answer, found wrong; their own words are left behind. */
function refusalOf(error: unknown, status: number): TokenFailure {
  if (error instanceof TokenFailure) return error
  if (status === 200) return new TokenFailure('malformed')
  const isClient = status === 401 || (error instanceof oauth.ResponseBodyError && error.error === 'invalid_client')
  return new TokenFailure(isClient ? 'invalid_client' : 'refused', String(status))
}
