import * as oauth from 'openid-client'
import { readMembers } from '../opower/read-members.js'
import { systemCodeOf } from '../opower/upstream-errors.js'
import type { AccountTokenSettings } from '../settings/account-token.js'
import { isLoopback } from '../settings/addresses.js'
import type { ClientAuthSettings } from '../settings/client-auth.js'
import type { Credentials } from './client-auth.js'
import { createClientAuth } from './client-auth.js'
import type { TokenAnswer } from './request-token.js'
import { TokenFailure } from './token-failure.js'
import { assertBearer, readTokenResponse } from './token-response.js'

export interface ExchangeRequest {
  readonly settings: AccountTokenSettings
  readonly credentials: Credentials
  /** @default HTTP Basic */
  readonly clientAuth?: ClientAuthSettings | undefined
  /** The customer's own session token, already verified. */
  readonly bearer: string
  readonly fetch: typeof fetch
  /** For the whole call, body included, in milliseconds. */
  readonly timeoutMs: number
}

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessToken = 'urn:ietf:params:oauth:token-type:access_token'

/**
 * Exchanges one session token for a token of the same customer's that Opower takes (RFC 8693 section 2.1), as the
 * client that asks for the utility token, too. Redirects are not followed. What is issued must be a bearer token: anything else has the type `N_A` (section 2.2.1).
 *
 * @throws {TokenFailure} whatever went wrong, in words of our own
 */
export async function exchangeToken(request: ExchangeRequest): Promise<TokenAnswer> {
  const heard: Heard = { status: 0, lifeMs: 0, failure: undefined }
  const config = await configure(request, heard)
  try {
    const { access_token, token_type } = await oauth.genericGrantRequest(config, exchangeGrant, parametersOf(request))
    return { value: assertBearer(access_token, token_type), lifeMs: heard.lifeMs }
  } catch (error) {
    throw heard.failure ?? refusalOf(error, heard.status)
  }
}

/** Whether the exchange did not accept this customer's session, and nothing is wrong with the gateway's own part (RFC 8693 section 2.2.2). */
export function isSessionRefused({ code, detail }: TokenFailure): boolean {
  return code === 'refused' && (detail === 'invalid_grant' || detail === 'invalid_request')
}

/** What the transport saw of the answer, which the library does not pass on. */
interface Heard {
  status: number
  lifeMs: number
  failure: TokenFailure | undefined
}

async function configure(request: ExchangeRequest, heard: Heard): Promise<oauth.Configuration> {
  const { settings, credentials, fetch, timeoutMs } = request
  const { exchangeUrl } = settings
  const server = { issuer: exchangeUrl.origin, token_endpoint: exchangeUrl.href }
  const clientAuth = await createClientAuth(credentials, exchangeUrl, request.clientAuth)
  const config = new oauth.Configuration(server, credentials.clientId, {}, clientAuth)
  // Plain http never leaves this machine; the settings allow it for the simulator only.
  if (exchangeUrl.protocol === 'http:' && isLoopback(exchangeUrl)) oauth.allowInsecureRequests(config)
  config.timeout = timeoutMs / 1000
  config[oauth.customFetch] = async (url, { method, headers, body, signal = null }) => {
    try {
      const judged = await readTokenResponse(await fetch(url, { method, headers, body: String(body), redirect: 'manual', signal }))
      heard.status = judged.response.status
      heard.lifeMs = judged.lifeMs
      return judged.response
    } catch (error) {
      throw (heard.failure = transportFailureOf(error))
    }
  }
  return config
}

function parametersOf({ bearer, settings: { audience, scope } }: ExchangeRequest): Record<string, string> {
  return {
    subject_token: bearer,
    subject_token_type: accessToken,
    requested_token_type: accessToken,
    ...(audience === undefined ? {} : { audience }),
    ...(scope === undefined ? {} : { scope }),
  }
}

function transportFailureOf(error: unknown): TokenFailure {
  if (error instanceof TokenFailure) return error
  const { name } = readMembers(error)
  return name === 'TimeoutError' || name === 'AbortError' ? new TokenFailure('timeout') : new TokenFailure('network', systemCodeOf(error))
}

/** The error codes of RFC 6749 section 5.2 and RFC 8693 section 2.2.2 that are told on; every other word of the endpoint's is left behind. */
const knownErrors: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_grant',
  'invalid_scope',
  'invalid_target',
  'unauthorized_client',
  'unsupported_grant_type',
])

function refusalOf(error: unknown, status: number): TokenFailure {
  if (error instanceof TokenFailure) return error
  if (status === 200) return new TokenFailure('malformed')
  const said = error instanceof oauth.ResponseBodyError ? error.error : ''
  if (status === 401 || said === 'invalid_client') return new TokenFailure('invalid_client', String(status))
  return new TokenFailure('refused', knownErrors.has(said) ? said : String(status))
}
