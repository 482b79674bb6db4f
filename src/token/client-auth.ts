import { importJWK } from 'jose'
import * as oauth from 'openid-client'
import type { ClientAuthSettings } from '../settings/client-auth.js'
import type { ClientKey } from './client-key.js'
import { readClientKey } from './client-key.js'
import { TokenFailure } from './token-failure.js'

/** Who asks, and what proves it: a secret, or a private key where the settings say so. */
export interface Credentials {
  readonly clientId: string
  readonly clientSecret: string
}

/**
 * How the gateway proves to a token endpoint that it is the client.
 *
 * @throws {TokenFailure} `credentials` for a key that is none
 */
export async function createClientAuth(
  credentials: Credentials,
  endpoint: URL,
  settings: ClientAuthSettings = { method: 'client_secret_basic' },
): Promise<oauth.ClientAuth> {
  if (settings.method === 'client_secret_basic') return basicAuth(credentials)
  if (settings.method === 'client_secret_post') return oauth.ClientSecretPost(credentials.clientSecret)
  return signedAuth(credentials, settings.audience ?? endpoint.href)
}

/**
 * The library's own Basic spells every hyphen `%2D`. That is allowed, but an endpoint that takes the header without
 * decoding it then sees another client; Oracle's credentials are UUIDs. This is the encoding of forms as browsers
 * do it: a UUID stays as it is, what must be escaped is escaped.
 */
function basicAuth({ clientId, clientSecret }: Credentials): oauth.ClientAuth {
  const pair = `${formEncode(clientId)}:${formEncode(clientSecret)}`
  return (_server, _client, _body, headers) => headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`)
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

/** A short statement signed for this one endpoint (RFC 7523 section 3): the key itself goes nowhere. */
async function signedAuth({ clientSecret }: Credentials, audience: string): Promise<oauth.ClientAuth> {
  const { key, algorithm, keyId } = await importedFrom(clientSecret)
  return oauth.PrivateKeyJwt(keyId === undefined ? key : { key, kid: keyId }, {
    [oauth.modifyAssertion](header, payload) {
      // One key, two names: older endpoints know Ed25519 as EdDSA only, and the JWK says so.
      header['alg'] = algorithm
      payload['aud'] = audience
    },
  })
}

async function importedFrom(text: string): Promise<Omit<ClientKey, 'jwk'> & { readonly key: CryptoKey }> {
  try {
    const { jwk, ...rest } = readClientKey(text)
    const key = await importJWK(jwk, rest.algorithm)
    if (key instanceof Uint8Array) throw new TypeError('a shared key is no private key')
    return { key, ...rest }
  } catch {
    throw new TokenFailure('credentials')
  }
}
